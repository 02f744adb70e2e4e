import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { fixture, gate, opened } from "./fixture.ts";

@persist("update.app")
class AppState {
  count = 0;
  list: number[] = [];
}

test("promise 4 (Merging): update() is exact: n increments from n writers add up to n", async () => {
  const { sessions, other } = fixture();
  const { token } = await sessions.open();
  const processes = [sessions, other(), other(), other()];
  await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const session = await processes[at % processes.length]!.open(token);
      await session.run(async () => await session.update(AppState, (state) => void state.count++));
    }),
  );
  const last = await other().open(token);
  assert.equal(await last.run(async () => (await restore(AppState)).count), 200);
});

test("update() commits what is pending first, and the live object shows the result", async () => {
  const { session } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    const { list } = state;
    list.push(1);
    const result = await session.update(AppState, (draft) => {
      assert.notEqual(draft, state);
      assert.deepEqual(draft.list, [1]);
      draft.list.push(2);
      draft.count++;
      return draft.list.length;
    });
    assert.equal(result, 2);
    assert.deepEqual([state.count, state.list], [1, [1, 2]]);
    assert.equal(state.list, list);
  });
});

test("update() works when nothing is stored yet and no state was restored", async () => {
  const { session } = await opened();
  await session.run(async () => await session.update(AppState, (state) => void state.count++));
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});

test("update() writes nothing when the function changes nothing", async () => {
  const { session, store } = await opened();
  assert.equal(
    await session.run(async () => await session.update(AppState, (state) => state.count)),
    0,
  );
  assert.equal(store.writes, 0);
});

test("update() writes nothing when the function throws, and passes its error on", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    await assert.rejects(
      session.update(AppState, (state) => {
        state.count = 5;
        throw new Error("no");
      }),
      /no/,
    );
    assert.equal(store.writes, 0);
    await session.update(AppState, (state) => void state.count++);
    assert.equal((await restore(AppState)).count, 1);
  });
});

test("update() throws ERR_NESTED_UPDATE when it is called inside an update of the same state", async () => {
  const { session } = await opened();
  await session.run(async () => {
    await assert.rejects(
      session.update(AppState, async () => await session.update(AppState, () => 1)),
      { code: "ERR_NESTED_UPDATE", message: /AppState/ },
    );
  });
});

test("update() throws ERR_SCOPE_ENDED when the instance it gave is used later", async () => {
  const { session } = await opened();
  await session.run(async () => {
    const draft = await session.update(AppState, (state) => state);
    assert.throws(() => draft.count, { code: "ERR_SCOPE_ENDED" });
  });
});

test("update() runs again on what is there when another process has written meanwhile", async () => {
  const { session, other } = await opened();
  const there = await other().open(session.token);
  let rounds = 0;
  await session.run(async () => {
    await session.update(AppState, async (state) => {
      rounds++;
      if (rounds === 1)
        await there.run(
          async () => await there.update(AppState, (theirs) => void (theirs.count += 10)),
        );
      state.count++;
    });
    assert.equal((await restore(AppState)).count, 11);
  });
  assert.equal(rounds, 2);
});

test("updates of one record queue within a process, so that they do not conflict", async () => {
  const { session } = await opened();
  const [inside, go] = [gate(), gate()];
  let runs = 0;
  await session.run(async () => {
    const slow = session.update(AppState, async (state) => {
      runs++;
      inside.open();
      await go.opened;
      state.count++;
    });
    await inside.opened;
    const queued = session.update(AppState, (state) => {
      runs++;
      state.count++;
    });
    go.open();
    await Promise.all([slow, queued]);
    assert.equal((await restore(AppState)).count, 2);
  });
  assert.equal(runs, 2);
});
