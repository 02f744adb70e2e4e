import assert from "node:assert/strict";
import { test } from "node:test";
import { currentSession, persist, restore } from "../../src/index.ts";
import { sealNameOf } from "../../src/identity/seal-name.ts";
import { bytesOf, hasNumber, pickle, plant } from "./seal-fixture.ts";
import { onEachServer, onEachStore, UNENCRYPTED } from "./service-fixture.ts";

@persist("app")
class AppState {
  count = 0;
  declare data?: unknown;
  declare other?: unknown;
  declare third?: unknown;
}

// Each release has a class of the same name and key. The property gives the class its name,
// whatever a compiler calls the variable.
function newerRelease() {
  const { AppState } = {
    AppState: class {
      count = 0;
    },
  };
  persist("app", AppState, { version: 2, migrate: (old) => ({ ...old, count: 7 }) });
  return { AppState };
}

function newestRelease() {
  const { AppState } = {
    AppState: class {
      names: string[] = [];
    },
  };
  const migrate = (old: Record<string, unknown>) => ({
    names: Object.keys(old).toSorted(),
    other: old["other"],
  });
  persist("app", AppState, { version: 3, migrate });
  return { AppState };
}

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("TypeScript sees no numbers, keeps those of what it keeps, and removes those of what it writes over", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const session = await sessions.open();
    await session.run(async () => void ((await restore(AppState)).count = 1));
    const owner = `b:${session.id}`;
    const handle = await (await client()).open(sessions.ring, { session: session.id });
    await pickle(handle, { data: "1", other: "2", third: "3" });
    const old = await bytesOf(store, owner, "data");
    await session.run(async () => {
      const state = await restore(AppState);
      assert.deepEqual(Object.keys(state).toSorted(), ["count", "data", "other", "third"]);
      const view = await currentSession().peek(AppState);
      assert.deepEqual(Object.keys(view).toSorted(), ["count", "data", "other", "third"]);
      state.count = 2;
    });
    assert.deepEqual((await handle.restore())["refused"], []);
    await session.run(async () => {
      const state = await restore(AppState);
      state.data = "text";
      delete state.other;
    });
    await session.run(
      async () => await session.update(AppState, (state) => void (state.third = 3)),
    );
    for (const name of ["data", "other", "third"])
      assert.equal(await hasNumber(store, owner, name), false, name);
    await plant(store, owner, { set: new Map([["data", old]]) });
    assert.deepEqual((await handle.restore())["refused"], ["data"]);
    await pickle(handle, { data: "again" });
    assert.equal((await handle.values())["data"], "again");
    await session.run(async () => await session.clearAttribute(AppState, "data"));
    assert.equal(await hasNumber(store, owner, "data"), false);
    const naming = session.run(async () => {
      const state = (await restore(AppState)) as unknown as Record<string, unknown>;
      state[sealNameOf("data")] = new Uint8Array(16);
    });
    await assert.rejects(naming, { code: "ERR_VALUE_UNSUPPORTED" });
    const life = await handle.life();
    await assert.rejects(handle.write(life, {}, { remove: [sealNameOf("data")] }), {
      code: "ERR_VALUE_UNSUPPORTED",
    });
  });

  test("a migration in TypeScript is not given the numbers, and leaves those of the values that stay", async (t) => {
    const { client, sessions, store, other } = await begin(t, UNENCRYPTED);
    const session = await sessions.open();
    await session.run(async () => void ((await restore(AppState)).count = 1));
    const owner = `b:${session.id}`;
    const handle = await (await client()).open(sessions.ring, { session: session.id });
    await pickle(handle, { data: "1", other: "2" });
    const { AppState: Newer } = newerRelease();
    await (
      await (await other()).sessions.open(session.token)
    ).run(async () => {
      assert.equal((await restore(Newer)).count, 7);
    });
    const found = await handle.restore();
    assert.deepEqual(
      [found["schema"], found["refused"], await handle.values()],
      [2, [], { count: "7", data: "1", other: "2" }],
    );
    const { AppState: Newest } = newestRelease();
    await (
      await (await other()).sessions.open(session.token)
    ).run(async () => {
      const { names } = await restore(Newest);
      assert.deepEqual(names.toSorted(), ["count", "data", "other"]);
    });
    const left = '{"$default":null}';
    const names = '["count","data","other"]';
    assert.deepEqual(await handle.values(), { names, other: "2", count: left, data: left });
    assert.deepEqual(
      [await hasNumber(store, owner, "data"), await hasNumber(store, owner, "other")],
      [false, true],
    );
  });
};

onEachStore(tests);
onEachServer(tests);
