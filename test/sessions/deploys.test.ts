import assert from "node:assert/strict";
import { test } from "node:test";
import { peek, persist, restore, type StateClass } from "../../src/index.ts";
import type { PersistOptions } from "../../src/index.ts";
import { opened } from "./fixture.ts";

/** The class as one release declares it. Each release has the same key and class name. */
function release<T extends object>(
  key: string,
  defaults: () => T,
  options: PersistOptions = {},
): StateClass<T> {
  class AppState {
    constructor() {
      Object.assign(this, defaults());
    }
  }
  persist(key, AppState, options as never);
  return AppState as unknown as StateClass<T>;
}

test("promise 8 (Deploys): a new attribute starts with the default of the class", async () => {
  const { session, other } = await opened();
  const Old = release("deploy.new", () => ({ count: 0 }));
  await session.run(async () => void ((await restore(Old)).count = 3));
  const New = release("deploy.new", () => ({ count: 0, tags: ["a"] }));
  const after = await other().open(session.token);
  await after.run(async () => {
    const state = await restore(New);
    assert.deepEqual([state.count, state.tags], [3, ["a"]]);
    state.tags.push("b");
  });
  await after.run(async () => assert.deepEqual((await restore(New)).tags, ["a", "b"]));
});

test("promise 8 (Deploys): an attribute that the class no longer declares is left as it is", async () => {
  const { session, other } = await opened();
  const Old = release("deploy.gone", () => ({ count: 0, legacy: [1] }));
  await session.run(async () => void (await restore(Old)).legacy.push(2));
  const New = release("deploy.gone", () => ({ count: 0 }));
  const after = await other().open(session.token);
  await after.run(async () => void ((await restore(New)).count = 7));
  const back = await other().open(session.token);
  await back.run(async () => {
    const { count, legacy } = await restore(Old);
    assert.deepEqual([count, legacy], [7, [1, 2]]);
  });
});

test("promise 8 (Deploys): a default of a new attribute never undoes what another process stored there", async () => {
  const { session, other } = await opened();
  const Old = release("deploy.race", () => ({ count: 0 }));
  await session.run(async () => void ((await restore(Old)).count = 1));
  const New = release("deploy.race", () => ({ count: 0, tags: [] as string[] }));
  const [one, two] = [await other().open(session.token), await other().open(session.token)];
  await one.run(async () => {
    const state = await restore(New);
    await two.run(async () => void (await restore(New)).tags.push("kept"));
    state.count = 2;
  });
  const last = await other().open(session.token);
  await last.run(async () => {
    const { count, tags } = await restore(New);
    assert.deepEqual([count, tags], [2, ["kept"]]);
  });
});

test("promise 8 (Deploys): migrate() runs once per record, and renames and reshapes", async () => {
  const { session, other, store } = await opened();
  const Old = release("deploy.migrate", () => ({ name: "Ann Lee", count: 1 }));
  await session.run(async () => void ((await restore(Old)).count = 2));
  const calls: unknown[] = [];
  const New = release("deploy.migrate", () => ({ first: "", last: "", count: 0 }), {
    version: 3,
    migrate: (old, fromVersion) => {
      calls.push([{ ...old }, fromVersion]);
      const [first, last] = String(old["name"]).split(" ");
      return { first, last, count: old["count"] };
    },
  });
  for (let round = 0; round < 2; round++) {
    const after = await other().open(session.token);
    await after.run(async () => {
      const state = await restore(New);
      assert.deepEqual({ ...state }, { first: "Ann", last: "Lee", count: 2 });
    });
  }
  assert.deepEqual(calls, [[{ name: "Ann Lee", count: 2 }, 1]]);
  const { record } = await store.read(`b:${session.id}`, "deploy.migrate");
  assert.equal(record?.schema, 3);
});

test("promise 8 (Deploys): two processes that migrate one record at once both end with the migrated one", async () => {
  const { session, other } = await opened();
  const Old = release("deploy.both", () => ({ count: 1 }));
  await session.run(async () => void ((await restore(Old)).count = 5));
  const New = release("deploy.both", () => ({ doubled: 0 }), {
    version: 2,
    migrate: async (old) => ({ doubled: Number(old["count"]) * 2 }),
  });
  const [one, two] = [await other().open(session.token), await other().open(session.token)];
  const results = await Promise.all(
    [one, two].map(async (it) => await it.run(async () => (await restore(New)).doubled)),
  );
  assert.deepEqual(results, [10, 10]);
});

test("promise 8 (Deploys): older code that meets a newer schema gets ERR_SCHEMA_NEWER and changes nothing", async () => {
  const { session, other, store } = await opened();
  const New = release("deploy.newer", () => ({ count: 0 }), { version: 2, migrate: (old) => old });
  await session.run(async () => void ((await restore(New)).count = 1));
  const Old = release("deploy.newer", () => ({ count: 0 }));
  const { writes } = store;
  const behind = await other().open(session.token);
  for (const use of [
    async () => await restore(Old),
    async () => await behind.peek(Old),
    async () => await behind.update(Old, (state) => void state.count++),
  ]) {
    await assert.rejects(behind.run<unknown>(use), {
      code: "ERR_SCHEMA_NEWER",
      message: /version 2.*version 1/,
    });
  }
  assert.equal(store.writes, writes);
});

test("promise 8 (Deploys): a late commit of older code leaves the version that a newer release has migrated to", async () => {
  const { session, other, store } = await opened();
  const Old = release("deploy.late", () => ({ name: "", count: 0 }));
  await session.run(async () => void ((await restore(Old)).name = "Ann Lee"));
  let migrated = 0;
  await session.run(async () => {
    const state = await restore(Old);
    const New = release("deploy.late", () => ({ first: "", count: 0 }), {
      version: 2,
      migrate: ({ name, count }) => ({
        first: String(name).split(" ")[0],
        count,
        made: ++migrated,
      }),
    });
    const after = await other().open(session.token);
    await after.run(async () => void (await restore(New)));
    state.count = 7;
  });
  const { record } = await store.read(`b:${session.id}`, "deploy.late");
  assert.equal(record?.schema, 2);
  assert.equal(migrated, 1);
});

test("a raised version without migrate throws ERR_MIGRATE_REQUIRED, and one that fails ERR_MIGRATE_FAILED; the record stays", async () => {
  const { session, other } = await opened();
  const Old = release("deploy.fail", () => ({ count: 0 }));
  await session.run(async () => void ((await restore(Old)).count = 4));
  const failures: [PersistOptions, string][] = [
    [{ version: 2 }, "ERR_MIGRATE_REQUIRED"],
    [{ version: 2, migrate: () => assert.fail("broken") }, "ERR_MIGRATE_FAILED"],
    [{ version: 2, migrate: () => undefined as never }, "ERR_MIGRATE_FAILED"],
    [{ version: 2, migrate: () => ({ count: () => 1 }) }, "ERR_MIGRATE_FAILED"],
  ];
  for (const [options, code] of failures) {
    const New = release("deploy.fail", () => ({ count: 0 }), options);
    const after = await other().open(session.token);
    await assert.rejects(
      after.run(async () => await restore(New)),
      { code },
    );
  }
  const back = await other().open(session.token);
  assert.equal(await back.run(async () => (await restore(Old)).count), 4);
});

test("promise 8 (Deploys): an attribute that a migration left out begins with the default if a later release declares it again", async () => {
  const { session, other } = await opened();
  const First = release("deploy.again", () => ({ count: 0, tags: ["a"] }));
  await session.run(async () => {
    const state = await restore(First);
    state.count = 1;
    state.tags.push("b");
  });
  const seen: unknown[] = [];
  const migrate: PersistOptions["migrate"] = (old) => {
    seen.push({ ...old });
    return { count: old["count"] };
  };
  const Second = release("deploy.again", () => ({ count: 0 }), { version: 2, migrate });
  const Sparse = release("deploy.again", () => ({ count: 0 }), { version: 3, migrate });
  const Again = release("deploy.again", () => ({ count: 0, tags: ["c"] }), { version: 3, migrate });
  for (const Release of [Second, Sparse]) {
    await (
      await other().open(session.token)
    ).run(async () => {
      const state = await restore(Release);
      assert.deepEqual({ ...state }, { count: 1 });
      assert.equal("tags" in (await peek(Release)), false);
      state.count = 1;
    });
  }
  assert.deepEqual(seen, [{ count: 1, tags: ["a", "b"] }, { count: 1 }]);
  const after = await other().open(session.token);
  await after.run(async () => {
    assert.deepEqual((await peek(Again)).tags, ["c"]);
    (await restore(Again)).tags.push("d");
  });
  await after.run(async () => assert.deepEqual((await restore(Again)).tags, ["c", "d"]));
});

test("promise 8 (Deploys): an attribute that a migration has left out may be assigned by code that does not declare it", async () => {
  const { session, other } = await opened();
  const First = release("deploy.undeclared", () => ({ count: 0, tags: ["a"] }));
  await session.run(async () => void (await restore(First)).tags.push("b"));
  const Second = release("deploy.undeclared", () => ({ count: 0 }), {
    version: 2,
    migrate: (old) => ({ count: old["count"] }),
  });
  const after = await other().open(session.token);
  await after.run(async () => {
    const state = await restore(Second);
    const beside = await other().open(session.token);
    await beside.run(async () => void Object.assign(await restore(Second), { tags: "mine" }));
    state.count = 2;
  });
  const last = await other().open(session.token);
  await last.run(async () => {
    const state = await restore(Second);
    assert.deepEqual({ ...state }, { count: 2, tags: "mine" });
    delete (state as { tags?: unknown }).tags;
  });
  const end = await other().open(session.token);
  await end.run(async () => assert.deepEqual({ ...(await restore(Second)) }, { count: 2 }));
});
