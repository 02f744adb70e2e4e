import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { fixture, gate, opened } from "./fixture.ts";

@persist("scope.app")
class AppState {
  count = 0;
  list: number[] = [];
  other: number[] = [];
}

test("promise 4 (Merging): overlapping scopes of one session share one object, so two parallel pushes both count", async () => {
  const { sessions } = fixture();
  const { token } = await sessions.open();
  const [first, second] = [await sessions.open(token), await sessions.open(token)];
  const [bothIn, firstDone] = [gate(), gate()];
  await Promise.all([
    first.run(async () => {
      const state = await restore(AppState);
      await bothIn.opened;
      state.list.push(1);
      firstDone.open();
    }),
    second.run(async () => {
      const state = await restore(AppState);
      bothIn.open();
      await firstDone.opened;
      state.list.push(2);
    }),
  ]);
  const again = await sessions.open(token);
  assert.deepEqual(await again.run(async () => (await restore(AppState)).list), [1, 2]);
});

test("promise 4 (Merging): two processes that change different attributes both keep their change", async () => {
  const { sessions, other } = fixture();
  const elsewhere = other();
  const session = await sessions.open();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const there = await elsewhere.open(session.token);
  await session.run(async () => {
    const here = await restore(AppState);
    await there.run(async () => {
      (await restore(AppState)).list.push(7);
    });
    here.other.push(8);
  });
  for (const reader of [sessions, other()]) {
    const again = await reader.open(session.token);
    await again.run(async () => {
      const { count, list, other: rest } = await restore(AppState);
      assert.deepEqual([count, list, rest], [1, [7], [8]]);
    });
  }
});

test("promise 4 (Merging): two processes that store a record for the first time merge, and defaults undo nothing", async () => {
  const { session, other } = await opened();
  const there = await other().open(session.token);
  await session.run(async () => {
    const here = await restore(AppState);
    await there.run(async () => {
      (await restore(AppState)).list.push(7);
    });
    here.count = 3;
  });
  const again = await other().open(session.token);
  await again.run(async () => {
    const { count, list } = await restore(AppState);
    assert.deepEqual([count, list], [3, [7]]);
  });
});

test("restore() shows another process's commit in objects that a longer scope already holds", async () => {
  const { session, sessions, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).list.push(1);
  });
  const there = await other().open(session.token);
  const here = await sessions.open(session.token);
  await session.run(async () => {
    const held = (await restore(AppState)).list;
    await there.run(async () => {
      (await restore(AppState)).list.push(2);
    });
    await here.run(async () => {
      assert.equal((await restore(AppState)).list, held);
      assert.deepEqual(held, [1, 2]);
    });
    held.push(3);
  });
  const last = await other().open(session.token);
  assert.deepEqual(await last.run(async () => (await restore(AppState)).list), [1, 2, 3]);
});

test("promise 6 (Isolation): a state that leaked into another session's scope throws ERR_FOREIGN_STATE", async () => {
  const { sessions } = fixture();
  const [alice, bob] = [await sessions.open(), await sessions.open()];
  await alice.run(async () => {
    const leaked = await restore(AppState);
    leaked.count = 1;
    await bob.run(async () => {
      assert.throws(() => leaked.count, {
        code: "ERR_FOREIGN_STATE",
        message: /AppState belongs to another session/,
      });
      assert.throws(() => (leaked.count = 9), { code: "ERR_FOREIGN_STATE" });
      assert.equal((await restore(AppState)).count, 0);
      assert.throws(() => leaked.count, { code: "ERR_FOREIGN_STATE" });
    });
    assert.equal(leaked.count, 1);
  });
});

test("a state throws ERR_SCOPE_ENDED when its last scope has ended", async () => {
  const { session } = await opened();
  const kept = await session.run(async () => await restore(AppState));
  assert.throws(() => kept.count, { code: "ERR_SCOPE_ENDED", message: /restore\(AppState\)/ });
  assert.throws(() => (kept.count = 1), { code: "ERR_SCOPE_ENDED" });
  await session.run(async () => {
    assert.throws(() => kept.count, { code: "ERR_FOREIGN_STATE" });
    assert.equal((await restore(AppState)).count, 0);
  });
});

test("run() commits when the handler throws, and the handler's error is the one that comes out", async () => {
  const { session } = await opened();
  await assert.rejects(
    session.run(async () => {
      (await restore(AppState)).count = 4;
      throw new Error("handler");
    }),
    /handler/,
  );
  assert.equal(await session.run(async () => (await restore(AppState)).count), 4);
});

test("commit() makes what has changed so far durable while the scope goes on", async () => {
  const { session, other } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    state.list.push(1);
    await session.commit();
    const there = await other().open(session.token);
    assert.deepEqual(await there.run(async () => (await restore(AppState)).list), [1]);
    state.list.push(2);
  });
  const there = await other().open(session.token);
  assert.deepEqual(await there.run(async () => (await restore(AppState)).list), [1, 2]);
});

test("commit() that fails keeps the changes, and the next one writes them", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 1;
    state.list.push(1);
    store.failing.write = new Error("full");
    await assert.rejects(session.commit(), /full/);
    store.failing = {};
  });
  const there = await other().open(session.token);
  await there.run(async () => {
    const { count, list } = await restore(AppState);
    assert.deepEqual([count, list], [1, [1]]);
  });
});

test("run() rejects when the commit at its end fails", async () => {
  const { session, store } = await opened();
  store.failing.write = new Error("full");
  await assert.rejects(
    session.run(async () => {
      (await restore(AppState)).count = 1;
    }),
    /full/,
  );
});

test("two states of one session are written in one atomic write", async () => {
  @persist("scope.second")
  class Second {
    count = 0;
  }
  const { session, store } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
    (await restore(Second)).count = 2;
  });
  assert.equal(store.writes, 1);
  await session.run(async () => assert.equal((await restore(Second)).count, 2));
});

test("a hot-reloaded class gets instances of its own within one session", async () => {
  const make = (extra: number) => {
    class Hot {
      count = extra;
      isNew(): boolean {
        return extra > 0;
      }
    }
    persist("scope.hot", Hot);
    return Hot;
  };
  const [Before, After] = [make(0), make(1)];
  const { session } = await opened();
  await session.run(async () => {
    (await restore(Before)).count = 5;
  });
  await session.run(async () => {
    const state = await restore(After);
    assert.ok(state instanceof After && state.isNew());
    assert.equal(state.count, 5);
  });
});
