import assert from "node:assert/strict";
import {
  create,
  HOUR,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "./fixture.ts";
import type { ContractCase, Given } from "./fixture.ts";

export const expiring: readonly ContractCase[] = [
  {
    title: "touch() and write() extend the expiry of the owner and never shorten it",
    async run({ store }) {
      const owner = newOwner();
      const start = inAnHour();
      const { epoch } = await create(store, owner, "app", { a: 1 }, newCommit(start));
      await store.touch(owner, start - 1000);
      assert.equal((await store.owner(owner)).expiresAt, start);
      await store.touch(owner, start + 1000);
      assert.equal((await store.owner(owner)).expiresAt, start + 1000);
      await writeOne(
        store,
        owner,
        { state: "app", epoch, set: values({ a: 2 }) },
        newCommit(start),
      );
      assert.equal((await store.owner(owner)).expiresAt, start + 1000);
      await writeOne(
        store,
        owner,
        { state: "app", epoch, set: values({ a: 3 }) },
        newCommit(start + 2000),
      );
      assert.equal((await store.read(owner, "app")).expiresAt, start + 2000);
    },
  },
  {
    title: "touch() changes no version, and nothing when the owner is absent",
    async run({ store }) {
      const owner = newOwner();
      await store.touch(owner, inAnHour());
      assert.equal((await store.owner(owner)).owner, "absent");
      const { version } = await create(store, owner, "app", { a: 1 });
      await store.touch(owner, inAnHour() + HOUR);
      assert.equal((await store.owner(owner)).version, version);
    },
  },
  {
    title: "read() gives nothing when the owner has expired, also before the sweep",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 }, newCommit(Date.now() - 1000));
      assert.equal((await store.read(owner, "app")).owner, "absent");
      assert.equal((await store.read(owner, "app")).record, undefined);
      assert.deepEqual((await store.owner(owner)).states, []);
      await store.touch(owner, inAnHour());
      assert.equal((await store.owner(owner)).owner, "absent");
    },
  },
  {
    title: "write() begins an empty life when the owner has expired, also before the sweep",
    async run({ store }) {
      const owner = newOwner();
      const old = await create(store, owner, "app", { a: 1, b: 1 }, newCommit(Date.now() - 1000));
      await create(store, owner, "app", { a: 2 });
      const found = await store.read(owner, "app");
      assert.ok(found.epoch > old.epoch);
      assert.deepEqual(textsOf(found), { a: "2" });
      assert.deepEqual((await store.owner(owner)).states, ["app"]);
    },
  },
  {
    title:
      "read() gives no record when the record's own expiry has passed, and the owner's others stay",
    async run({ store }) {
      const owner = newOwner();
      const past = Date.now() - 1000;
      await create(store, owner, "long", { a: 1 });
      const short = { state: "short", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
      const old = await writeOne(store, owner, { ...short, expiresAt: past });
      const found = await store.read(owner, "short");
      assert.equal(found.owner, "living");
      assert.equal(found.record, undefined);
      assert.deepEqual((await store.owner(owner)).states, ["long"]);
      const late = await store.write(
        owner,
        [{ state: "short", epoch: old.epoch, set: values({ a: 2 }) }],
        newCommit(),
      );
      assert.deepEqual(late.outcomes, [{ outcome: "ended" }]);
      const next = await writeOne(store, owner, {
        ...short,
        epoch: found.epoch,
        set: values({ b: 2 }),
      });
      assert.ok(next.epoch > old.epoch);
      assert.deepEqual(textsOf(await store.read(owner, "short")), { b: "2" });
    },
  },
  {
    title: "write() counts a record's own expiry from the last write that gave one",
    async run({ store }) {
      const owner = newOwner();
      const [first, later] = [inAnHour() - 1000, inAnHour() - 500];
      const { epoch } = await writeOne(store, owner, {
        state: "app",
        epoch: 0,
        base: "absent",
        set: values({ a: 1 }),
        expiresAt: first,
      });
      assert.equal((await store.read(owner, "app")).record?.expiresAt, first);
      await writeOne(store, owner, {
        state: "app",
        epoch,
        set: values({ a: 2 }),
        expiresAt: later,
      });
      await writeOne(store, owner, { state: "app", epoch, set: values({ a: 3 }) });
      assert.equal((await store.read(owner, "app")).record?.expiresAt, later);
    },
  },
  {
    title: "a tombstone holds until its own time when the owner expires before",
    async run({ store }) {
      const owner = newOwner();
      const past = Date.now() - 1000;
      const { epoch } = await create(store, owner, "app", { a: 1 }, newCommit(past));
      await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() });
      const late = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 2 }) };
      const merge = { state: "app", epoch, set: values({ a: 2 }) };
      const { outcomes } = await store.write(owner, [late, merge], newCommit());
      assert.deepEqual(outcomes, [{ outcome: "ended" }, { outcome: "ended" }]);
    },
  },
];

/** For stores that remove by their own sweep. */
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
