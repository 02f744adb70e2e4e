import assert from "node:assert/strict";
import {
  type ContractCase,
  create,
  type Given,
  HOUR,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "./fixture.ts";

/** For stores that remove expired data by `sweep`. */
export const sweeping: readonly ContractCase[] = [
  {
    title: "sweep() removes what has expired in steps of its limit, and nothing else",
    async run({ store }) {
      const start = inAnHour();
      const owners = Array.from({ length: 25 }, newOwner);
      for (const owner of owners) await create(store, owner, "app", { a: 1 }, newCommit(start));
      const stays = newOwner();
      await create(store, stays, "app", { a: 1 }, newCommit(start + HOUR));
      assert.deepEqual(await store.sweep({ now: start - 1, limit: 100 }), {
        removed: 0,
        more: false,
      });
      assert.deepEqual(await store.sweep({ now: start, limit: 10 }), { removed: 10, more: true });
      assert.deepEqual(await store.sweep({ now: start, limit: 10 }), { removed: 10, more: true });
      assert.deepEqual(await store.sweep({ now: start, limit: 10 }), { removed: 5, more: false });
      assert.deepEqual(await listed(store), [stays]);
      assert.deepEqual(textsOf(await store.read(stays, "app")), { a: "1" });
    },
  },
  {
    title: "sweep() leaves an owner whose expiry was extended, until that has come",
    async run({ store }) {
      const start = inAnHour();
      const [touched, written] = [newOwner(), newOwner()];
      await create(store, touched, "app", { a: 1 }, newCommit(start));
      const { epoch } = await create(store, written, "app", { a: 1 }, newCommit(start));
      await store.touch(touched, start + HOUR);
      await writeOne(
        store,
        written,
        { state: "app", epoch, set: values({ a: 2 }) },
        newCommit(start + HOUR),
      );
      assert.equal(await sweepAll(store, start + 1), 0);
      assert.deepEqual((await listed(store)).toSorted(), [touched, written].toSorted());
      assert.equal(await sweepAll(store, start + HOUR), 2);
      assert.deepEqual(await listed(store), []);
    },
  },
  {
    title: "sweep() removes a record whose own expiry has passed, and its bytes count no more",
    async run({ store }) {
      const owner = newOwner();
      const start = inAnHour();
      await create(store, owner, "long", { a: new Uint8Array(10) }, newCommit(start + HOUR));
      const short = {
        state: "short",
        epoch: 0,
        base: "absent" as const,
        set: values({ a: new Uint8Array(20) }),
      };
      await writeOne(store, owner, { ...short, expiresAt: start }, newCommit(start + HOUR));
      assert.equal(await sweepAll(store, start + 1), 1);
      const all = [];
      for await (const info of store.sessions()) all.push(info);
      assert.deepEqual(all, [{ owner, states: ["long"], bytes: 10, expiresAt: start + HOUR }]);
    },
  },
  {
    title: "sweep() removes tombstones when their time has come, and not before",
    async run({ store }) {
      const [whole, part] = [newOwner(), newOwner()];
      const start = inAnHour();
      await create(store, whole, "app", { a: 1 }, newCommit(start));
      await create(store, part, "app", { a: 1 }, newCommit(start));
      await store.clear(whole, { commitId: "c", until: start + HOUR });
      await store.clear(part, { state: "app", commitId: "c", until: start + HOUR });
      await sweepAll(store, start + 1);
      assert.equal((await store.owner(whole)).owner, "ended");
      const late = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 2 }) };
      assert.deepEqual((await store.write(part, [late], newCommit())).outcomes, [
        { outcome: "ended" },
      ]);
      await sweepAll(store, start + HOUR);
      assert.equal((await store.owner(whole)).owner, "absent");
      for (const owner of [whole, part]) await create(store, owner, "app", { a: 3 });
    },
  },
  {
    title: "sweep() forgets an owner wholly: the next life has nothing of it",
    async run({ store }) {
      const owner = newOwner();
      const start = inAnHour();
      const old = await create(store, owner, "app", { a: 1, b: 2 }, newCommit(start));
      assert.equal(await sweepAll(store, start), 1);
      const next = await create(store, owner, "app", { a: 3 });
      assert.ok(next.epoch > old.epoch);
      assert.deepEqual(textsOf(await store.read(owner, "app", old)), { a: "3" });
    },
  },
];

async function sweepAll(store: Given["store"], now: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await store.sweep({ now, limit: 10 });
    removed += step.removed;
    if (!step.more) return removed;
  }
}

async function listed(store: Given["store"]): Promise<string[]> {
  const owners: string[] = [];
  for await (const { owner } of store.sessions()) owners.push(owner);
  return owners;
}
