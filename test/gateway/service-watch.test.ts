import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { onEachStore } from "./service-fixture.ts";

onEachStore((begin) => {
  test("watch reports another's write and clear, once until the next restore, and never its own", async (t) => {
    const { client, sessions, other } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const far = await (
      await (await other()).client()
    ).open(sessions.ring, { session: handle.session });
    const lives = [await handle.life(), await far.life()] as const;
    await handle.call("watch", { life: lives[0] });
    await handle.write(lives[0], { own: "1" });
    await handle.write(lives[0], { own: "2" });
    await far.write(lives[1], { theirs: "1" });
    await far.write(lives[1], { theirs: "2" });
    await until("it is told", () => one.pushes.length > 0);
    const changed = { push: "changed", handle: handle.id, state: "app" };
    await far.write(lives[1], { theirs: "3" });
    assert.deepEqual(one.pushes, [changed]);
    await handle.restore();
    await handle.write(lives[0], { own: "3" });
    await far.call("clear", { life: lives[1] });
    await until("it is told again", () => one.pushes.length > 1);
    assert.deepEqual(one.pushes, [changed, changed]);
  });

  test("watch reports what came between the restore and the watch", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const second = await one.open(sessions.ring, { session: handle.session });
    const life = await handle.life();
    await second.write(await second.life(), { a: "1" });
    await handle.call("watch", { life });
    await until("it is told", () => one.pushes.length === 1);
  });

  test("watch tells nothing of other states, after unwatch, or after close", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const [first, second, third, writer] = [
      await one.open(sessions.ring),
      await one.open(sessions.ring),
      await one.open(sessions.ring),
      await one.open(sessions.ring),
    ];
    const writers = [];
    for (const handle of [first, second, third])
      writers.push(await one.open(sessions.ring, { session: handle.session }));
    for (const handle of [first, second, third]) {
      const life = await handle.life();
      await handle.call("watch", { life });
      await handle.call("watch", { life });
      if (handle === second) await handle.call("unwatch", { life });
      if (handle === third) await handle.call("close");
    }
    for (const handle of writers) {
      await handle.write(await handle.life({ state: "other" }), { a: "1" });
      if (handle !== writers[0]) await handle.write(await handle.life(), { a: "1" });
    }
    // A watch that does tell: by then the others would have told.
    const life = await writer.life();
    await writer.call("watch", { life });
    const beside = await one.open(sessions.ring, { session: writer.session });
    await beside.write(await beside.life(), { a: "1" });
    await until("that one is told", () => one.pushes.length > 0);
    assert.deepEqual(
      one.pushes.map(({ handle }) => handle),
      [writer.id],
    );
  });

  test("watch goes on under the new id after rotate", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const life = await handle.life();
    await handle.write(life, { a: "1" });
    await handle.call("watch", { life });
    const { session } = await handle.call("rotate");
    const second = await one.open(sessions.ring, { session: session as string });
    await second.write(await second.life(), { a: "2" });
    await until("it is told", () => one.pushes.some(({ push }) => push === "changed"));
  });

  test("watch goes on under the number of the handle that replaces the first", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const old = await one.open(sessions.ring);
    const life = await old.life();
    await old.call("watch", { life });
    const next = await one.open(sessions.ring, { session: old.session }, { replaces: old.id });
    const second = await one.open(sessions.ring, { session: old.session, tab: "two" });
    await second.write(await second.life(), { a: "1" });
    await until("it is told", () => one.pushes.length > 0);
    assert.deepEqual(one.pushes, [{ push: "changed", handle: next.id, state: "app" }]);
  });

  test("watch tells that the session was ended by another process", async (t) => {
    const { client, sessions, other } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    await handle.write(life, { a: "1" });
    await handle.call("watch", { life });
    const far = await (
      await (await other()).client()
    ).open(sessions.ring, { session: handle.session });
    await far.call("end");
    await until("it is told", () => handle.client.pushes.some(({ push }) => push === "ended"));
    await assert.rejects(handle.write(life, { a: "2" }), { code: "ERR_SESSION_ENDED" });
  });
});
