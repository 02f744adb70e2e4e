import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { fixture, opened } from "./fixture.ts";

@persist("clear.app")
class AppState {
  count = 0;
  list: number[] = [];
}

@persist("clear.other")
class OtherState {
  kept = "no";
}

async function filled() {
  const made = fixture();
  const session = await made.sessions.open();
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 5;
    state.list.push(1);
    (await restore(OtherState)).kept = "yes";
  });
  return { ...made, session };
}

test("promise 5 (Clear is final): clear(AppState) ends that state alone, and restore() gives a fresh one", async () => {
  const { session } = await filled();
  await session.run(async () => {
    const old = await restore(AppState);
    old.list.push(2);
    await session.clear(AppState);
    assert.throws(() => (old.count = 1), {
      code: "ERR_STATE_CLEARED",
      message: /AppState was cleared/,
    });
    assert.equal(old.count, 5);
    const fresh = await restore(AppState);
    assert.notEqual(fresh, old);
    assert.deepEqual([fresh.count, fresh.list], [0, []]);
    fresh.list.push(9);
  });
  await session.run(async () => {
    assert.deepEqual((await restore(AppState)).list, [9]);
    assert.equal((await restore(OtherState)).kept, "yes");
  });
});

test("promise 5 (Clear is final): the closing commit of the clearing scope is silent", async () => {
  const { session, sessions, warnings } = await filled();
  let dropped = 0;
  sessions.on("dropped", () => dropped++);
  await session.run(async () => {
    (await restore(AppState)).list.push(3);
    await session.clear(AppState);
  });
  assert.equal(await session.run(async () => (await restore(AppState)).list.length), 0);
  assert.deepEqual([dropped, warnings], [0, []]);
});

test("promise 5 (Clear is final): a late write from another process is dropped with an event and a log line", async () => {
  const { session, other } = await filled();
  const warnings: string[] = [];
  const elsewhere = other({ log: (line) => void warnings.push(line) });
  const dropped: unknown[] = [];
  elsewhere.on("dropped", (event) => dropped.push(event));
  const late = await elsewhere.open(session.token);
  await late.run(async () => {
    const state = await restore(AppState);
    await session.run(async () => await session.clear(AppState));
    state.count = 99;
    state.list.push(99);
  });
  assert.deepEqual(dropped, [{ state: "clear.app", reason: "cleared" }]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /late changes to AppState were not stored/);
  await session.run(async () => {
    const { count, list } = await restore(AppState);
    assert.deepEqual([count, list], [0, []]);
  });
});

test("promise 5 (Clear is final): a late change by an overlapping scope of the same process is dropped with an event", async () => {
  const { session, sessions } = await filled();
  const dropped: unknown[] = [];
  sessions.on("dropped", (event) => dropped.push(event));
  const late = await sessions.open(session.token);
  await late.run(async () => {
    const state = await restore(AppState);
    await session.run(async () => {
      await session.clear(AppState);
    });
    state.list.push(99);
    state.count = 99;
  });
  assert.deepEqual(dropped, [{ state: "clear.app", reason: "cleared" }]);
  assert.equal(await session.run(async () => (await restore(AppState)).count), 0);
});

test("promise 5 (Clear is final): a first write that was under way when the state was cleared does not create it again", async () => {
  const { session, other } = await opened();
  const there = await other().open(session.token);
  await session.run(async () => {
    const early = await restore(AppState);
    await there.run(async () => {
      (await restore(AppState)).count = 1;
    });
    await there.run(async () => await there.clear(AppState));
    early.count = 7;
  });
  assert.equal(await there.run(async () => (await restore(AppState)).count), 0);
});

test("promise 5 (Clear is final): session.clear() ends the token; a dead token gives a fresh session under a new id", async () => {
  const { session, sessions, other } = await filled();
  const dead = session.token;
  const { id } = session;
  await session.run(async () => {
    await session.clear();
    assert.notEqual(session.id, id);
    assert.equal((await restore(AppState)).count, 0);
  });
  for (const process of [sessions, other()]) {
    const again = await process.open(dead);
    assert.notEqual(again.token, dead);
    assert.equal(again.isNew, true);
    assert.equal(await again.run(async () => (await restore(AppState)).count), 0);
  }
});

test("promise 5 (Clear is final): a scope that was under way when the session ended stores nothing more", async () => {
  const { session, other } = await filled();
  const elsewhere = other();
  const late = await elsewhere.open(session.token);
  const dead = session.token;
  await late.run(async () => {
    const state = await restore(AppState);
    await session.run(async () => await session.clear());
    state.count = 99;
    await assert.rejects(restore(OtherState), { code: "ERR_SESSION_ENDED" });
  });
  const again = await other().open(dead);
  assert.equal(again.isNew, true);
});

test("session.clear() leaves the scope usable: what it restores afterwards belongs to the new session", async () => {
  const { session, sessions } = await filled();
  await session.run(async () => {
    const old = await restore(AppState);
    await session.clear();
    assert.throws(() => (old.count = 1), { code: "ERR_STATE_CLEARED" });
    (await restore(AppState)).count = 2;
  });
  const again = await sessions.open(session.token);
  assert.equal(again.isNew, false);
  assert.equal(await again.run(async () => (await restore(AppState)).count), 2);
});

test("clear() of a visitor who never stored anything costs the store nothing", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    await restore(AppState);
    await session.clear(AppState);
    await session.clear();
  });
  assert.deepEqual([store.writes, store.clears], [0, 0]);
});
