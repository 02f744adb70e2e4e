import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyAssertion } from "../../src/gateway/tickets/assertion.ts";
import { persist, restore } from "../../src/index.ts";
import { until } from "../support/until.ts";
import { valuesOf } from "./service-client.ts";
import { onEachServer, onEachStore } from "./service-fixture.ts";

const ENDED = { code: "ERR_SESSION_ENDED" };

@persist("service.app")
class AppState {
  count = 0;
}

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("a session without cookies ends with its last handle, and leaves nothing", async (t) => {
    const { client, sessions, store } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring, { ephemeral: true });
    assert.equal(handle.opened["ephemeral"], true);
    const second = await one.open(sessions.ring, { ephemeral: true, session: handle.session });
    await handle.write(await handle.life(), { a: "1" });
    await handle.write(await handle.life({ owner: "tab" }), { a: "1" });
    await handle.call("close");
    assert.deepEqual(await second.values(), { a: "1" });
    await second.call("close");
    assert.equal((await store.owner(`b:${handle.session}`)).owner, "ended");
    assert.equal((await store.owner(`t:${handle.session}:tab`)).owner, "ended");
  });

  test("a session without cookies outlives a broken connection for a while, then ends", async (t) => {
    const { client, sessions, store } = await begin(t, { grace: 2000 });
    const one = await client();
    const handle = await one.open(sessions.ring, { ephemeral: true });
    await handle.write(await handle.life(), { a: "1" });
    one.end();
    const two = await client();
    const { credential } = handle.opened;
    const again = await two.call("open", { credential });
    assert.equal(again["ephemeral"], true);
    const reply = await two.call("restore", { handle: again["handle"], state: "app" });
    assert.deepEqual(valuesOf(reply), { a: "1" });
    two.end();
    const status = async (): Promise<string> => (await store.owner(`b:${handle.session}`)).owner;
    await until("it has ended", async () => (await status()) === "ended");
  });

  test("a client opens again by its credential after the service was restarted, and no write is lost or done twice", async (t) => {
    const before = await begin(t);
    const one = await before.client();
    const handle = await one.open(before.sessions.ring);
    const ephemeral = await one.open(before.sessions.ring, { ephemeral: true });
    await ephemeral.write(await ephemeral.life(), { e: "1" });
    const life = await handle.life();
    const first = await handle.write(life, { count: "1" });
    const known = { epoch: first["epoch"], version: first["version"] };
    const exact = { base: first["version"], commit: "one-increment" };
    const unheard = handle.write(life, { count: "2" }, exact).catch(() => undefined);
    await before.service.close();
    await unheard;
    await one.closed;
    const after = await before.other();
    const two = await after.client();
    const { handle: id } = await two.call("open", { credential: handle.opened["credential"] });
    const found = await two.call("restore", { handle: id, state: "app", known });
    assert.equal(found["epoch"], known.epoch);
    const fields = { handle: id, life: found["life"], set: ["count"], ...exact };
    assert.equal((await two.call("write", fields, ["J2"]))["outcome"], "written");
    const whole = await two.call("restore", { handle: id, state: "app" });
    assert.deepEqual(valuesOf(whole), { count: "2" });
    const { handle: also } = await two.call("open", { credential: ephemeral.opened["credential"] });
    const kept = await two.call("restore", { handle: also, state: "app" });
    assert.deepEqual(valuesOf(kept), { e: "1" });
  });

  test("replaces hands the lives over to the same session, after everything sent before", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const old = await one.open(sessions.ring);
    const life = await old.life();
    const writes = Array.from({ length: 20 }, (_, at) => old.write(life, { last: `${at}` }));
    const next = await one.open(
      sessions.ring,
      { session: old.session, purpose: "resume" },
      { replaces: old.id },
    );
    assert.deepEqual(await next.values(), { last: "19" });
    await Promise.all(writes);
    assert.equal((await next.write(life, { a: "1" }))["outcome"], "written");
    // A run that began before writes under the old number.
    assert.equal((await old.write(life, { b: "1" }))["outcome"], "written");
    await old.call("close");
    assert.deepEqual(await next.values(), { last: "19", a: "1", b: "1" });
    await assert.rejects(old.write(life, { c: "1" }), ENDED);
  });

  test("replaces keeps the state of owner tab for the same tab, even if that did not say its id, and for no other", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    for (const [before, after, same] of [
      ["tab", "tab", true],
      [null, null, true],
      ["tab", "two", false],
      ["tab", null, false],
    ] as const) {
      const old = await one.open(sessions.ring, { tab: before });
      const life = await old.life({ owner: "tab" });
      await old.write(life, { a: "1" });
      const next = await one.open(
        sessions.ring,
        { session: old.session, tab: after },
        { replaces: old.id },
      );
      assert.deepEqual(await next.values({ owner: "tab" }), same ? { a: "1" } : {});
    }
  });

  test("promise 6 (Isolation): replaces hands nothing to another session", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const old = await one.open(sessions.ring);
    const life = await old.life();
    await old.write(life, { a: "1" });
    const next = await one.open(sessions.ring, {}, { replaces: old.id });
    await assert.rejects(next.write(life, { b: "1" }), { code: "ERR_SERVICE_PROTOCOL" });
    await assert.rejects(old.write(life, { b: "1" }), ENDED);
    assert.deepEqual(await next.values(), {});
  });

  test("promise 6 (Isolation): open refuses what the gateway has not signed for it", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const credential = handle.opened["credential"] as string;
    assert.equal(verifyAssertion(sessions.ring, credential), undefined);
    const refused = { code: "ERR_SERVICE_REFUSED" };
    for (const assertion of [
      "",
      "x.y",
      credential,
      sessions.ring.sign("token", "x").toString("hex"),
    ])
      await assert.rejects(one.call("open", { assertion }), refused);
    for (const wrong of ["", `${credential}x`, credential.slice(1)])
      await assert.rejects(one.call("open", { credential: wrong }), refused);
  });

  test("a class of the app's TypeScript side and the service share one record", async (t) => {
    const { client, sessions } = await begin(t);
    const session = await sessions.open();
    await session.run(async () => void ((await restore(AppState)).count = 1));
    const handle = await (await client()).open(sessions.ring, { session: session.id });
    const found = await handle.restore({ state: "service.app" });
    assert.deepEqual(valuesOf(found), { count: "1" });
    await handle.write(found["life"] as number, { count: "2" }, { schema: found["schema"] });
    assert.equal(await session.run(async () => (await restore(AppState)).count), 2);
  });

  test("the app's TypeScript side ends a session, and the service's clients are told at once", async (t) => {
    const { client, sessions } = await begin(t);
    const session = await sessions.open();
    const handle = await (await client()).open(sessions.ring, { session: session.id });
    const life = await handle.life();
    await session.run(async () => {
      (await restore(AppState)).count = 1;
      await session.clear();
    });
    await until("it is told", () => handle.client.pushes.some(({ push }) => push === "ended"));
    await assert.rejects(handle.write(life, { a: "late" }), ENDED);
  });

  test("the service ends a session, and the app's TypeScript side hears of it and stores nothing more", async (t) => {
    const { client, sessions } = await begin(t);
    const ends: object[] = [];
    sessions.on("ended", (event) => void ends.push(event));
    for (const [op, reason] of [
      ["rotate", "rotated"],
      ["end", "cleared"],
    ] as const) {
      const session = await sessions.open();
      const { id } = session;
      await session.run(async () => void ((await restore(AppState)).count = 1));
      const handle = await (await client()).open(sessions.ring, { session: id });
      await session
        .run(async () => {
          const state = await restore(AppState);
          const moved = await handle.call(op);
          assert.throws(() => (state.count = 99), ENDED);
          assert.notEqual(moved["session"], id);
        })
        .catch(() => undefined);
      assert.deepEqual(ends.splice(0), [{ sessionId: id, reason }]);
      const values = await handle.values({ state: "service.app" });
      assert.deepEqual(values, op === "rotate" ? { count: "1" } : {});
    }
  });
};

onEachStore(tests);
onEachServer(tests);
