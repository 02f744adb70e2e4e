import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore, gate } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";
import { type Reply, type TestHandle, valuesOf } from "./service-client.ts";
import { start } from "./service-fixture.ts";

/** A store whose first write waits until the test lets it go, so that others gather behind it. */
function slowStore() {
  const store = countingStore(memoryStore());
  const write = store.write.bind(store);
  let { opened, open } = gate();
  open();
  store.write = async (...args) => {
    await opened;
    return await write(...args);
  };
  return {
    store,
    hold: (): void => void ({ opened, open } = gate()),
    release: (): void => open(),
  };
}

test("writes that wait together are one commit, and each is answered as if it had been alone", async (t) => {
  const { store, hold, release } = slowStore();
  const { client, sessions } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  hold();
  const writes = Array.from({ length: 10 }, (_, at) =>
    handle.write(life, { [`n${at}`]: `${at}`, last: `${at}` }),
  );
  const restored = handle.restore();
  const other = handle.life({ state: "other" });
  release();
  const answers = await Promise.all(writes);
  await other;
  assert.equal(store.writes, 2);
  let seen = 0;
  for (const { outcome, previous, version } of answers) {
    assert.deepEqual([outcome, previous], ["written", seen]);
    seen = version as number;
  }
  assert.equal((await restored)["version"], seen);
  assert.equal(valuesOf(await restored)["last"], "9");
});

test("a write does not go along with those before when something stands between, or it is of another kind", async (t) => {
  const { store, hold, release } = slowStore();
  const { client, sessions } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  const [life, other] = [await handle.life(), await handle.life({ state: "other" })];
  hold();
  const first = handle.write(life, { a: "0" });
  const kinds = [
    handle.write(life, { a: "1" }),
    handle.write(life, { a: "2" }, { schema: 2 }),
    handle.write(life, { a: "3" }, { schema: 2, ttl: 60 }),
    handle.write(other, { a: "4" }),
    handle.write(life, { a: "5" }),
    handle.restore({ state: "other" }),
    handle.write(life, { a: "6" }),
    handle.call("clear", { life: other }),
    handle.write(other, { a: "7" }),
  ];
  const exact = handle.write(life, { a: "8" }, { base: 99 });
  release();
  const answers = await Promise.all([first, ...kinds]);
  assert.equal((await exact)["outcome"], "conflict");
  assert.equal(valuesOf(answers[6] as Reply)["a"], "4");
  assert.equal(answers[9]?.["outcome"], "ended");
  assert.equal((await handle.values())["a"], "6");
});

test("of writes that wait together those that have room are stored when not all have", async (t) => {
  const { store, hold, release } = slowStore();
  const limits = { attribute: 1000, session: 250 };
  const { client, sessions } = await start(t, store, {
    options: { limits, encrypt: false },
  });
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  const text = "x".repeat(99);
  hold();
  const writes = [
    handle.write(life, { a: text }),
    handle.write(life, { b: text }),
    handle.write(life, { c: text }),
    handle.write(life, { d: "1" }),
  ];
  const settled = Promise.allSettled(writes);
  release();
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(Object.keys(await handle.values()), ["a", "b", "d"]);
});

test("writes that wait together fail together when the store fails, and close() waits for them", async (t) => {
  const { store, hold, release } = slowStore();
  const { client, sessions, service } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  hold();
  let done = 0;
  const count = (): void => void done++;
  const writes = [1, 2, 3].map(
    async (at) => await handle.write(life, { a: `${at}` }).finally(count),
  );
  const settled = Promise.allSettled(writes);
  store.failing.write = new Error("no");
  release();
  for (const { status } of await settled) assert.equal(status, "rejected");
  store.failing = {};
  hold();
  const last = [4, 5].map(async (at) => await handle.write(life, { a: `${at}` }));
  // Both have arrived when another handle's request is answered that came after.
  await handle.client.open(sessions.ring);
  const closing = service.close();
  release();
  for (const { outcome } of await Promise.all(last)) assert.equal(outcome, "written");
  await closing;
  await until("all are told", () => done === 3);
});

const names = ["a", "b", "c"] as const;
const part = fc.record({
  set: fc.dictionary(fc.constantFrom(...names), fc.nat({ max: 9 }).map(String), { maxKeys: 2 }),
  defaults: fc.dictionary(fc.constantFrom(...names), fc.constant("0"), { maxKeys: 2 }),
  remove: fc.subarray([...names], { maxLength: 1 }),
});
type Part = typeof part extends fc.Arbitrary<infer T> ? T : never;

async function send(
  handle: TestHandle,
  life: number,
  { set, defaults, remove }: Part,
): Promise<Reply> {
  const kept = Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in set)));
  const gone = remove.filter((name) => !(name in set) && !(name in kept));
  return await handle.write(life, set, { remove: gone }, kept);
}

test("writes that wait together leave what they leave one after the other", async (t) => {
  const { store, hold, release } = slowStore();
  const { client, sessions } = await start(t, store);
  const one = await client();
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (parts, exists) => {
        const found: Reply[] = [];
        for (const together of [true, false]) {
          const handle = await one.open(sessions.ring);
          const life = await handle.life();
          if (exists) await handle.write(life, { a: "7" });
          if (together) {
            hold();
            const writes = parts.map(async (each) => await send(handle, life, each));
            await one.open(sessions.ring);
            release();
            await Promise.all(writes);
          } else {
            for (const each of parts) await send(handle, life, each);
          }
          found.push(await handle.restore());
        }
        const [together, alone] = found as [Reply, Reply];
        assert.deepEqual(valuesOf(together), valuesOf(alone));
        const removed = (reply: Reply): string[] =>
          (reply["removed"] as [string, number][]).map(([name]) => name).toSorted();
        assert.deepEqual(removed(together), removed(alone));
      },
    ),
    { numRuns: 200 },
  );
});
