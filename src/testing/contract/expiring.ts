import assert from "node:assert/strict";
import {
  type ContractCase,
  create,
  HOUR,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "./fixture.ts";

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
    title: "write() takes a record's own expiry away when it gives 0",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await writeOne(store, owner, {
        state: "app",
        epoch: 0,
        base: "absent",
        set: values({ a: 1 }),
        expiresAt: inAnHour() - 1000,
      });
      await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }), expiresAt: 0 });
      assert.equal((await store.read(owner, "app")).record?.expiresAt, undefined);
      await store.sweep({ now: inAnHour() - 500, limit: 100 });
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
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
