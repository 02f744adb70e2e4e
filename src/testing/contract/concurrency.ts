import assert from "node:assert/strict";
import type { Store } from "../../store/index.ts";
import {
  accepted,
  type ContractCase,
  create,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "./fixture.ts";

export const concurrency: readonly ContractCase[] = [
  {
    title: "promise 4 (Merging): write() with a base counts exactly when many writers compete",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { count: 0 });
      await Promise.all(Array.from({ length: 10 }, () => increment(store, owner, 20)));
      assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "200" });
    },
  },
  {
    title: "write() stores all records of a commit or none when readers look on",
    async run({ store }) {
      const owner = newOwner();
      const a = await create(store, owner, "a", { n: 0 });
      const b = await create(store, owner, "b", { n: 0, m: 0 });
      const writing = { done: false };
      const reader = async (): Promise<void> => {
        while (!writing.done) {
          const first = await store.read(owner, "a");
          const second = textsOf(await store.read(owner, "b"));
          assert.ok(Number(second?.["n"]) >= Number(textsOf(first)?.["n"]));
          assert.equal(second?.["n"], second?.["m"]);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const done = reader();
      for (let n = 1; n <= 100; n++) {
        const writes = [
          { state: "a", epoch: a.epoch, set: values({ n }) },
          { state: "b", epoch: b.epoch, set: values({ n, m: n }) },
        ];
        for (const outcome of (await store.write(owner, writes, newCommit())).outcomes)
          accepted(outcome);
      }
      writing.done = true;
      await done;
    },
  },
  {
    title: "write() keeps the owners apart when they write at the same time",
    async run({ store }) {
      const owners = Array.from({ length: 50 }, newOwner);
      await Promise.all(owners.map((owner, i) => create(store, owner, "app", { i })));
      for (const [i, owner] of owners.entries()) {
        assert.deepEqual(textsOf(await store.read(owner, "app")), { i: String(i) });
      }
    },
  },
  {
    title: "read() sees a commit of another store as soon as that has been acknowledged",
    shared: true,
    async run({ store, another }) {
      const other = await another();
      const owner = newOwner();
      const { epoch } = await create(store, owner, "app", { n: 0 });
      for (let n = 1; n <= 200; n++) {
        const [writer, reader] = n % 2 === 0 ? [store, other] : [other, store];
        // Fills any cache that the reader keeps for this turn of the event loop.
        await reader.read(owner, "app");
        await writeOne(writer, owner, { state: "app", epoch, set: values({ n }) });
        assert.deepEqual(textsOf(await reader.read(owner, "app")), { n: String(n) });
      }
    },
  },
  {
    title: "write() with a base counts exactly when two stores on the same data compete",
    shared: true,
    async run({ store, another }) {
      const other = await another();
      const owner = newOwner();
      await create(store, owner, "app", { count: 0 });
      await Promise.all([store, other, store, other].map((one) => increment(one, owner, 25)));
      assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "100" });
    },
  },
];

/**
 * Reads, adds one and writes with the version that was read, until `times` writes were accepted.
 */
async function increment(store: Store, owner: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const found = await store.read(owner, "app");
    const count = Number(textsOf(found)?.["count"]) + 1;
    assert.ok(found.record !== undefined);
    const { epoch, version: base } = found.record;
    const { outcomes } = await store.write(
      owner,
      [{ state: "app", epoch, base, set: values({ count }) }],
      newCommit(),
    );
    if (outcomes[0]?.outcome === "written") done++;
    else assert.equal(outcomes[0]?.outcome, "conflict");
  }
}
