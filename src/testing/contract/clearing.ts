import assert from "node:assert/strict";
import {
  type ContractCase,
  create,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "./fixture.ts";

export const clearing: readonly ContractCase[] = [
  {
    title:
      "promise 5 (Clear is final): clear() of a record refuses every write that knew the old life",
    async run({ store }) {
      const owner = newOwner();
      const { epoch, version } = await create(store, owner, "app", { a: 1 });
      assert.deepEqual(
        await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() }),
        { outcome: "cleared" },
      );
      const found = await store.read(owner, "app");
      assert.equal(found.owner, "living");
      assert.equal(found.record, undefined);
      assert.equal(found.epoch, epoch);
      const late = [
        { state: "app", epoch, set: values({ a: 2 }) },
        { state: "app", epoch, base: version, set: values({ a: 2 }) },
        { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 2 }) },
      ];
      const { outcomes } = await store.write(owner, late, newCommit());
      assert.deepEqual(outcomes, [
        { outcome: "ended" },
        { outcome: "ended" },
        { outcome: "ended" },
      ]);
      assert.equal((await store.read(owner, "app")).record, undefined);
    },
  },
  {
    title:
      "clear() of a record lets a new life begin, under a new epoch and with nothing of the old one",
    async run({ store }) {
      const owner = newOwner();
      const first = await create(store, owner, "app", { a: 1, b: 1 });
      await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() });
      const second = await create(store, owner, "app", { a: 2 });
      assert.ok(second.epoch > first.epoch);
      assert.ok(second.version > first.version);
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
      const late = await store.write(
        owner,
        [{ state: "app", epoch: first.epoch, set: values({ b: 2 }) }],
        newCommit(),
      );
      assert.deepEqual(late.outcomes, [{ outcome: "ended" }]);
    },
  },
  {
    title: "clear() refuses a creation that was on its way when nothing lived yet",
    async run({ store }) {
      const owner = newOwner();
      const seen = await store.read(owner, "app");
      await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() });
      const write = {
        state: "app",
        epoch: seen.epoch,
        base: "absent" as const,
        set: values({ a: 1 }),
      };
      assert.deepEqual((await store.write(owner, [write], newCommit())).outcomes, [
        { outcome: "ended" },
      ]);
      await create(store, owner, "app", { a: 2 });
    },
  },
  {
    title:
      "clear() refuses a creation that knew a life before the last clear, also when a new record lives",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 });
      await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() });
      await create(store, owner, "app", { a: 2 });
      const write = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 3 }) };
      assert.deepEqual((await store.write(owner, [write], newCommit())).outcomes, [
        { outcome: "ended" },
      ]);
    },
  },
  {
    title: "clear() never gives an epoch out twice",
    async run({ store }) {
      const owner = newOwner();
      const epochs = new Set<number>();
      for (let i = 0; i < 50; i++) {
        epochs.add((await create(store, owner, "app", { a: i })).epoch);
        // The tombstone is over at once: even then the next life must have an epoch of its own.
        await store.clear(owner, { state: "app", commitId: `c${i}`, until: Date.now() - 1 });
      }
      assert.equal(epochs.size, 50);
    },
  },
  {
    title: "clear() leaves the owner's other records alone when it names a state",
    async run({ store }) {
      const owner = newOwner();
      const other = await create(store, owner, "other", { a: 1 });
      await create(store, owner, "app", { a: 1 });
      await store.clear(owner, { state: "app", commitId: "c", until: inAnHour() });
      assert.deepEqual((await store.owner(owner)).states, ["other"]);
      await writeOne(store, owner, { state: "other", epoch: other.epoch, set: values({ a: 2 }) });
    },
  },
  {
    title:
      "promise 5 (Clear is final): clear() of the owner ends all records and refuses every later write",
    async run({ store }) {
      const owner = newOwner();
      const a = await create(store, owner, "a", { x: 1 });
      await create(store, owner, "b", { x: 1 });
      const until = inAnHour();
      assert.deepEqual(await store.clear(owner, { commitId: "c", until }), { outcome: "cleared" });
      assert.deepEqual((await store.owner(owner)).states, []);
      for (const state of ["a", "b", "new"]) {
        const found = await store.read(owner, state);
        assert.equal(found.owner, "ended");
        assert.equal(found.record, undefined);
        assert.equal(found.expiresAt, until);
        const writes = [
          { state, epoch: found.epoch, base: "absent" as const, set: values({ x: 2 }) },
          { state, epoch: a.epoch, set: values({ x: 2 }) },
        ];
        const ended = { owner: "ended", outcomes: [{ outcome: "ended" }, { outcome: "ended" }] };
        assert.deepEqual(await store.write(owner, writes, newCommit()), ended);
      }
      assert.equal((await store.owner(owner)).owner, "ended");
    },
  },
  {
    title: "clear() ends an owner of whom nothing was stored yet",
    async run({ store }) {
      const owner = newOwner();
      await store.clear(owner, { commitId: "c", until: inAnHour() });
      const write = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
      assert.equal((await store.write(owner, [write], newCommit())).owner, "ended");
    },
  },
  {
    title: "clear() of the owner may be repeated, and touch() does not bring it back",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 });
      const until = inAnHour();
      await store.clear(owner, { commitId: "c1", until });
      assert.deepEqual(await store.clear(owner, { commitId: "c2", until }), { outcome: "cleared" });
      await store.touch(owner, until + 1000);
      const info = await store.owner(owner);
      assert.equal(info.owner, "ended");
      assert.equal(info.expiresAt, until);
    },
  },
  {
    title: "clear() does nothing when the owner has another version than ifVersion",
    async run({ store }) {
      const owner = newOwner();
      const { epoch, version } = await create(store, owner, "app", { a: 1 });
      await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) });
      const options = { until: inAnHour(), ifVersion: version };
      assert.deepEqual(await store.clear(owner, { commitId: "c1", ...options }), {
        outcome: "conflict",
      });
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
      const { version: now } = await store.owner(owner);
      assert.deepEqual(await store.clear(owner, { commitId: "c2", ...options, ifVersion: now }), {
        outcome: "cleared",
      });
      assert.equal((await store.owner(owner)).owner, "ended");
    },
  },
  {
    title: "clear() answers a repeated commit, although the version has moved on by it",
    async run({ store }) {
      const owner = newOwner();
      const { version } = await create(store, owner, "app", { a: 1 });
      const options = { state: "app", commitId: "c", until: inAnHour(), ifVersion: version };
      assert.deepEqual(await store.clear(owner, options), { outcome: "cleared" });
      await create(store, owner, "app", { a: 2 });
      assert.deepEqual(await store.clear(owner, options), { outcome: "cleared" });
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
    },
  },
];
