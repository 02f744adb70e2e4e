import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { fixture, opened } from "./fixture.ts";

class Point {
  x = 0;
  tags: string[] = [];
}

@persist("changes.app", { types: { Point } })
class AppState {
  list: unknown[] = [1, [2], { three: 3 }];
  object: Record<string, unknown> = { inner: { deep: [1] } };
  map = new Map<string, unknown>([["a", { n: 1 }]]);
  set = new Set<unknown>(["a"]);
  date = new Date(0);
  bytes = new Uint8Array([1, 2, 3]);
  floats = new Float64Array([1.5]);
  point = new Point();
  frozen: readonly { n: number }[] = Object.freeze([{ n: 1 }]);
  big = 1n;
  text = "a";
}

const changes: Record<string, (state: AppState) => void> = {
  "an array is pushed to": (state) => state.list.push("more"),
  "a nested array is changed": (state) => (state.list[1] as number[]).pop(),
  "a nested object gets a key": (state) => Object.assign(state.list[2] as object, { four: 4 }),
  "an array's length is cut": (state) => (state.list.length = 1),
  "an array is spliced": (state) => state.list.splice(0, 3, 3, 2, 1),
  "a deep value is assigned": (state) =>
    ((state.object["inner"] as { deep: number[] }).deep[0] = 9),
  "a nested key is deleted": (state) => delete state.object["inner"],
  "a Map gets an entry": (state) => state.map.set("b", 2),
  "a Map's value is changed in place": (state) => ((state.map.get("a") as { n: number }).n = 2),
  "a Map is reordered": (state) => {
    state.map.set("z", 1);
    state.map.delete("a");
    state.map.set("a", { n: 1 });
  },
  "a Set gets a member": (state) => state.set.add({ n: 1 }),
  "a Date is moved": (state) => state.date.setTime(5),
  "a byte is changed": (state) => (state.bytes[1] = 9),
  "a typed array is changed": (state) => (state.floats[0] = -0),
  "an instance of a registered class is changed": (state) => state.point.tags.push("x"),
  "an object inside a frozen array is changed": (state) => (state.frozen[0]!.n = 2),
  "a frozen value is replaced": (state) => (state.frozen = Object.freeze([])),
  "a bigint is assigned": (state) => (state.big = 2n ** 70n),
  "an attribute becomes undefined": (state) => ((state as { text: unknown }).text = undefined),
  "a cycle is made": (state) => (state.object["self"] = state.object),
  "an attribute is added": (state) => Object.assign(state, { added: { n: 1 } }),
  "an attribute is deleted": (state) => delete (state as Partial<AppState>).text,
  "an attribute is deleted and added again": (state) => {
    delete (state as Partial<AppState>).text;
    state.text = "again";
  },
  "an attribute is redefined": (state) =>
    Object.defineProperty(state, "text", {
      value: "new",
      enumerable: true,
      configurable: true,
      writable: true,
    }),
};

const attributesOf = (state: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(state).map((name) => [name, (state as Record<string, unknown>)[name]]),
  );

for (const [what, change] of Object.entries(changes)) {
  test(`promise 3 (Nested changes): a change is saved when ${what}`, async () => {
    for (const stored of [false, true]) {
      const { sessions, store, other } = fixture();
      const session = await sessions.open();
      if (stored) {
        await session.run(async () => {
          (await restore(AppState)).text = "stored before";
        });
      }
      const before = store.writes;
      const expected = new AppState();
      if (stored) expected.text = "stored before";
      change(expected);
      await session.run(async () => change(await restore(AppState)));
      assert.equal(store.writes, before + 1);
      const there = await other().open(session.token);
      await there.run(async () =>
        assert.deepEqual(attributesOf(await restore(AppState)), attributesOf(expected)),
      );
      const { writes } = store;
      await there.run(
        async () => void JSON.stringify(Object.keys(attributesOf(await restore(AppState)))),
      );
      assert.equal(store.writes, writes);
    }
  });
}

test("promise 3 (Nested changes): only the attributes that changed are written", async () => {
  const { session, sessions } = await opened();
  await session.run(async () => {
    (await restore(AppState)).text = "b";
  });
  const commits: { attributes: number; bytes: number }[] = [];
  sessions.on("commit", (event) => commits.push(event));
  await session.run(async () => {
    const state = await restore(AppState);
    JSON.stringify([state.list, state.object, state.text]);
    state.map.set("b", 2);
    state.text = "c";
  });
  assert.equal(commits.length, 1);
  assert.equal(commits[0]!.attributes, 2);
});

test("promise 4 (Merging): a value that another language wrote in other bytes is not written again when it is only read", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).object = { a: 1, b: [1, 2] };
  });
  const owner = `b:${session.id}`;
  const { record } = await store.read(owner, "changes.app");
  const spaced = new TextEncoder().encode('J{ "a": 1, "b": [1, 2] }');
  await store.write(
    owner,
    [{ state: "changes.app", epoch: record!.epoch, set: new Map([["object", spaced]]) }],
    { commitId: "spaced", expiresAt: Date.now() + 1e9 },
  );
  const { writes } = store;
  const there = await other().open(session.token);
  await there.run(async () => {
    const state = await restore(AppState);
    assert.deepEqual(state.object, { a: 1, b: [1, 2] });
  });
  assert.equal(store.writes, writes);
  await there.run(async () => {
    (await restore(AppState)).object["a"] = 2;
  });
  assert.equal(store.writes, writes + 1);
});
