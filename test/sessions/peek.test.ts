import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions, persist, restore } from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { fixture, gate, opened } from "./fixture.ts";

const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

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

test("peek() shows what its scope has assigned, also if a commit begins behind it", async () => {
  const made = fixture();
  const first = await made.sessions.open();
  await first.run(async () => void ((await restore(AppState)).count = 1));
  const session = await made.other().open(first.token);
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 2;
    const seen = session.peek(AppState);
    const committed = session.commit();
    assert.equal((await seen).count, 2);
    await committed;
    state.count = 4;
    const updated = session.update(AppState, (draft) => void (draft.count += 10));
    assert.equal((await session.peek(AppState)).count, 4);
    await updated;
    assert.equal((await session.peek(AppState)).count, 14);
  });
});

test("peek() shows what its scope has assigned while another request of the session ends, by a store that answers late", async () => {
  const inner = memoryStore();
  const answers = gate();
  let isHeld = false;
  const store: Store = {
    ...inner,
    read: async (owner, state) => {
      if (isHeld) await answers.opened;
      return await inner.read(owner, state);
    },
  };
  const sessions = createSessions({ store, secret: SECRET, sweepInterval: false, log: () => {} });
  try {
    const first = await sessions.open();
    await first.run(async () => void ((await restore(AppState)).count = 1));
    const [one, other] = [await sessions.open(first.token), await sessions.open(first.token)];
    const [hasRestored, hasAsked] = [gate(), gate()];
    const ended = other.run(async () => {
      await other.restore(AppState);
      hasRestored.open();
      await hasAsked.opened;
    });
    await one.run(async () => {
      const state = await restore(AppState);
      await hasRestored.opened;
      state.count = 2;
      isHeld = true;
      const seen = one.peek(AppState);
      hasAsked.open();
      // The other request's commit waits behind this read by now.
      await new Promise((resolve) => setImmediate(resolve));
      answers.open();
      assert.equal((await seen).count, 2);
    });
    await ended;
  } finally {
    await sessions.close();
  }
});
