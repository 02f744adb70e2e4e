import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { onEachServer, onEachStore } from "./service-fixture.ts";

const ENDED = { code: "ERR_SESSION_ENDED" };

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("rotate gives a new id, keeps the data, and lives stay valid", async (t) => {
    const { client, sessions, moved, store } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    const tabLife = await handle.life({ owner: "tab" });
    const user = { owner: "user", user: { subject: "ann" } };
    const userLife = await handle.life(user);
    const fresh = await handle.life({ state: "fresh" });
    await handle.write(life, { a: "1" });
    await handle.write(tabLife, { tab: "1" });
    const [, rotated, , last] = await Promise.all([
      handle.write(life, { b: "1" }),
      handle.call("rotate"),
      handle.write(life, { c: "1" }),
      handle.write(fresh, { d: "1" }),
    ]);
    const { session, credential } = rotated;
    assert.notEqual(session, handle.session);
    assert.equal(last["outcome"], "written");
    assert.equal((await handle.write(tabLife, { tab: "2" }))["outcome"], "written");
    assert.equal((await handle.write(userLife, { name: "1" }))["outcome"], "written");
    assert.deepEqual(moved, [
      { from: handle.session, to: session, reason: "rotated", tab: "tab", ephemeral: false },
    ]);
    const again = await (await client()).open(sessions.ring, { session: session as string });
    assert.deepEqual(await again.values(), { a: "1", b: "1", c: "1" });
    assert.deepEqual(await again.values({ state: "fresh" }), { d: "1" });
    assert.deepEqual(await again.values({ owner: "tab" }), { tab: "2" });
    assert.deepEqual(await again.values(user), { name: "1" });
    assert.equal((await store.owner(`b:${handle.session}`)).owner, "ended");
    assert.equal((await store.owner(`t:${handle.session}:tab`)).owner, "ended");
    const reopened = await (await client()).call("open", { credential });
    assert.equal(reopened["session"], session);
  });

  test("promise 5 (Clear is final): after rotate and end the old session opens nothing", async (t) => {
    const { client, sessions, other } = await begin(t);
    for (const op of ["rotate", "end"]) {
      const one = await client();
      const handle = await one.open(sessions.ring);
      await handle.write(await handle.life(), { a: "1" });
      const late = await (
        await (await other()).client()
      ).open(sessions.ring, {
        session: handle.session,
      });
      const lateLives = [await late.life(), await late.life({ owner: "tab" })] as const;
      await handle.call(op);
      await assert.rejects(one.open(sessions.ring, { session: handle.session }), ENDED);
      await assert.rejects(one.call("open", { credential: handle.opened["credential"] }), ENDED);
      await assert.rejects(late.restore({ owner: "tab" }), ENDED);
      await assert.rejects(late.write(lateLives[0], { a: "late" }), ENDED);
      await assert.rejects(late.restore(), ENDED);
      await assert.rejects(late.call("rotate"), ENDED);
      await until("the other process's client is told", () =>
        late.client.pushes.some(({ push }) => push === "ended"),
      );
    }
  });

  test("promise 6 (Isolation): rotate moves the asking tab alone; other tabs of the session are told that it ended", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const asking = await one.open(sessions.ring);
    const sameTab = await one.open(sessions.ring, { session: asking.session });
    const otherTab = await one.open(sessions.ring, { session: asking.session, tab: "two" });
    const lives = [await asking.life(), await sameTab.life(), await otherTab.life()] as const;
    const tabLife = await otherTab.life({ owner: "tab" });
    await asking.write(lives[0], { a: "1" });
    await otherTab.write(tabLife, { tab: "two" });
    const { session } = await asking.call("rotate");
    await until("both are told", () => one.pushes.length === 2);
    const told = Object.fromEntries(one.pushes.map((push) => [push["handle"] as number, push]));
    assert.equal(told[otherTab.id]?.["push"], "ended");
    assert.equal(told[sameTab.id]?.["push"], "moved");
    assert.equal(told[sameTab.id]?.["session"], session);
    await assert.rejects(otherTab.write(lives[2], { a: "thief" }), ENDED);
    await assert.rejects(otherTab.restore(), ENDED);
    assert.equal((await sameTab.write(lives[1], { b: "1" }))["outcome"], "written");
    assert.deepEqual(await asking.values(), { a: "1", b: "1" });
    // The person's other tab comes back with the new cookie, and finds what it had.
    const back = await one.open(sessions.ring, { session: session as string, tab: "two" });
    assert.deepEqual(await back.values({ owner: "tab" }), { tab: "two" });
  });

  test("rotate loses no write that was acknowledged, of whatever tab", async (t) => {
    const { client, sessions, other } = await begin(t);
    const asking = await (await client()).open(sessions.ring);
    await asking.write(await asking.life(), { a: "1" });
    const writers = [
      await (await client()).open(sessions.ring, { session: asking.session, tab: "two" }),
      await (
        await (await other()).client()
      ).open(sessions.ring, { session: asking.session, tab: "far" }),
    ];
    const written: string[] = [];
    const writing = writers.map(async (handle, at) => {
      const life = await handle.life();
      const pause = at === 0 ? 0 : 20;
      for (let n = 0; n < 1000; n++) {
        const name = `w${at}_${n}`;
        const { outcome } = await handle.write(life, { [name]: "1" });
        assert.equal(outcome, "written");
        written.push(name);
        // A writer in another process that never pauses would keep the rotation from ever being
        // sure to have all.
        for (let turn = 0; turn < pause; turn++) await handle.restore({ state: "other" });
      }
    });
    const settled = Promise.allSettled(writing);
    await until("all are at work", () => written.length > 20);
    const { session } = await asking.call("rotate");
    for (const result of await settled) {
      assert.equal(result.status, "rejected");
      assert.equal((result.reason as { code?: string }).code, "ERR_SESSION_ENDED");
    }
    const again = await (await client()).open(sessions.ring, { session: session as string });
    const kept = Object.keys(await again.values());
    assert.deepEqual(
      written.filter((name) => !kept.includes(name)),
      [],
    );
  });

  test("of two tabs that rotate at once one does, and the other is told that the session has ended", async (t) => {
    const { client, sessions, moved } = await begin(t);
    const one = await client();
    const first = await one.open(sessions.ring);
    const second = await one.open(sessions.ring, { session: first.session, tab: "two" });
    await first.write(await first.life(), { a: "1" });
    const results = await Promise.allSettled([first.call("rotate"), second.call("rotate")]);
    const statuses = results.map(({ status }) => status);
    assert.deepEqual(statuses.toSorted(), ["fulfilled", "rejected"]);
    const [winner, loser] = statuses[0] === "fulfilled" ? [first, second] : [second, first];
    assert.deepEqual(await winner.values(), { a: "1" });
    await assert.rejects(loser.restore(), ENDED);
    assert.equal(moved.length, 1);
  });

  test("end ends records and tabs, gives a fresh session, and leaves a user's states", async (t) => {
    const { client, sessions, moved, store } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const user = { owner: "user", user: { subject: "ann" } };
    const [life, tabLife, userLife] = [
      await handle.life(),
      await handle.life({ owner: "tab" }),
      await handle.life(user),
    ];
    await handle.write(life, { a: "1" });
    await handle.write(tabLife, { a: "1" });
    const { session } = await handle.call("end");
    assert.equal(moved[0]?.reason, "ended");
    assert.equal((await handle.write(life, { a: "late" }))["outcome"], "ended");
    assert.equal((await handle.write(tabLife, { a: "late" }))["outcome"], "ended");
    assert.equal((await handle.write(userLife, { a: "1" }))["outcome"], "written");
    assert.equal((await handle.restore())["status"], "absent");
    assert.equal((await handle.restore())["session"], session);
    assert.equal((await handle.restore({ owner: "tab" }))["status"], "absent");
    assert.equal((await store.owner(`t:${handle.session}:tab`)).owner, "ended");
    await handle.write(await handle.life(), { b: "2" });
    assert.deepEqual(await handle.values(), { b: "2" });
  });
};

onEachStore(tests);
onEachServer(tests);
