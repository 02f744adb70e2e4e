import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { fixture, opened } from "./fixture.ts";

@persist("peek.app")
class AppState {
  count = 0;
  rows: { n: number }[] = [{ n: 1 }];
  map = new Map([["a", [1]]]);
  when = new Date(0);
  total(): number {
    return this.rows.reduce((sum, { n }) => sum + n, 0);
  }
}

async function filled() {
  const made = fixture();
  const session = await made.sessions.open();
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 1;
    state.rows.push({ n: 2 });
  });
  return { ...made, session };
}

test("peek() gives a frozen instance with methods, and writes nothing", async () => {
  const { session, store } = await filled();
  const { writes } = store;
  await session.run(async () => {
    const view = await session.peek(AppState);
    assert.ok(view instanceof AppState);
    assert.deepEqual([view.count, view.total(), view.map.get("a")], [1, 3, [1]]);
    for (const change of [
      () => Object.assign(view, { count: 9 }),
      () => view.rows.push({ n: 3 }),
      () => (view.rows[0]!.n = 3),
      () => view.map.set("b", []),
      () => view.map.get("a")!.push(2),
      () => view.when.setTime(9),
      () => Object.assign(view, { more: 1 }),
    ]) {
      assert.throws(change, TypeError);
    }
  });
  assert.equal(store.writes, writes);
});

test("peek() shows the defaults when nothing is stored", async () => {
  const { session, store } = await opened();
  await session.run(async () => assert.equal((await session.peek(AppState)).total(), 1));
  assert.equal(store.writes, 0);
});

test("peek() shows changes of this scope that are not committed yet, and leaves them changeable", async () => {
  const { session, other } = await filled();
  await session.run(async () => {
    const state = await restore(AppState);
    state.rows.push({ n: 10 });
    const view = await session.peek(AppState);
    assert.equal(view.total(), 13);
    state.rows.push({ n: 20 });
    assert.equal(view.total(), 13);
  });
  const there = await other().open(session.token);
  assert.equal(await there.run(async () => (await there.peek(AppState)).total()), 33);
});

test("peek() decodes a stored value once for all its readers, and follows the next commit", async () => {
  const { session } = await filled();
  const look = async () => await session.run(async () => (await session.peek(AppState)).rows);
  const [first, second] = [await look(), await look()];
  assert.equal(first, second);
  await session.run(async () => void (await restore(AppState)).rows.push({ n: 4 }));
  const third = await look();
  assert.notEqual(third, first);
  assert.equal(third.length, 3);
});

test("promise 6 (Isolation): what peek() gives of one session is never another's", async () => {
  const { session, sessions } = await filled();
  const stranger = await sessions.open();
  assert.equal(await stranger.run(async () => (await stranger.peek(AppState)).total()), 1);
  assert.equal(await session.run(async () => (await session.peek(AppState)).total()), 3);
});
