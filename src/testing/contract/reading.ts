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

export const reading: readonly ContractCase[] = [
  {
    title: "read() gives nothing and epoch 0 when the owner is not known",
    async run({ store }) {
      const nothing = { owner: "absent", expiresAt: 0, epoch: 0, record: undefined };
      assert.deepEqual(await store.read(newOwner(), "app"), nothing);
      assert.deepEqual(await store.owner("b:x"), {
        owner: "absent",
        version: 0,
        expiresAt: 0,
        states: [],
      });
    },
  },
  {
    title: "read() gives the whole record when nothing was seen before",
    async run({ store }) {
      const owner = newOwner();
      const expiresAt = inAnHour();
      const point = await create(
        store,
        owner,
        "app",
        { count: 1, note: "a" },
        newCommit(expiresAt),
      );
      const found = await store.read(owner, "app");
      assert.equal(found.owner, "living");
      assert.equal(found.expiresAt, expiresAt);
      assert.equal(found.epoch, point.epoch);
      assert.equal(found.record?.whole, true);
      assert.equal(found.record?.epoch, point.epoch);
      assert.equal(found.record?.version, point.version);
      assert.equal(found.record?.attributes.get("count")?.version, point.version);
      assert.deepEqual(textsOf(found), { count: "1", note: "a" });
    },
  },
  {
    title: "read() gives no attributes when nothing changed since",
    async run({ store }) {
      const owner = newOwner();
      const point = await create(store, owner, "app", { count: 1 });
      const found = await store.read(owner, "app", point);
      assert.equal(found.record?.whole, false);
      assert.equal(found.record?.version, point.version);
      assert.equal(found.record?.attributes.size, 0);
    },
  },
  {
    title: "read() gives only what changed since, deletions as marks",
    async run({ store }) {
      const owner = newOwner();
      const first = await create(store, owner, "app", { a: 1, b: 1, c: 1 });
      const { epoch } = first;
      const second = await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) });
      const third = await writeOne(store, owner, {
        state: "app",
        epoch,
        set: new Map(),
        remove: ["b", "never"],
      });
      assert.ok(first.version < second.version && second.version < third.version);

      const all = await store.read(owner, "app", first);
      assert.equal(all.record?.whole, false);
      assert.deepEqual(textsOf(all), { a: "2", b: undefined, never: undefined });
      assert.equal(all.record?.attributes.get("a")?.version, second.version);
      assert.equal(all.record?.attributes.get("b")?.version, third.version);
      assert.deepEqual(textsOf(await store.read(owner, "app", second)), {
        b: undefined,
        never: undefined,
      });
      assert.deepEqual(textsOf(await store.read(owner, "app", third)), {});
      // The marks of the whole record too: a class may have a default for the name, which must not
      // come back.
      assert.deepEqual(textsOf(await store.read(owner, "app")), {
        a: "2",
        b: undefined,
        c: "1",
        never: undefined,
      });
    },
  },
  {
    title: "read() gives an attribute that was deleted and set again as a value",
    async run({ store }) {
      const owner = newOwner();
      const first = await create(store, owner, "app", { a: 1 });
      await writeOne(store, owner, {
        state: "app",
        epoch: first.epoch,
        set: new Map(),
        remove: ["a"],
      });
      await writeOne(store, owner, { state: "app", epoch: first.epoch, set: values({ a: 3 }) });
      assert.deepEqual(textsOf(await store.read(owner, "app", first)), { a: "3" });
    },
  },
  {
    title: "read() does not lose a deletion when very many names came and went",
    async run({ store }) {
      const owner = newOwner();
      const first = await create(store, owner, "app", { keep: 1, gone: 1 });
      const { epoch } = first;
      await writeOne(store, owner, { state: "app", epoch, set: new Map(), remove: ["gone"] });
      for (let i = 0; i < 300; i++) {
        await writeOne(store, owner, {
          state: "app",
          epoch,
          set: values({ [`temporary${i}`]: i }),
        });
        await writeOne(store, owner, {
          state: "app",
          epoch,
          set: new Map(),
          remove: [`temporary${i}`],
        });
      }
      const found = await store.read(owner, "app", first);
      // A store may forget old marks, but then has to give the whole record.
      if (found.record?.whole !== true) assert.ok(found.record?.attributes.has("gone"));
      const kept = [...(found.record?.attributes ?? [])].filter(
        ([, { bytes }]) => bytes !== undefined,
      );
      assert.deepEqual(
        kept.map(([name]) => name),
        found.record?.whole === true ? ["keep"] : [],
      );
      const marks = (await store.read(owner, "app")).record?.attributes;
      assert.ok(marks?.get("temporary299")?.bytes === undefined && marks?.has("temporary299"));
    },
  },
  {
    title: "read() gives the whole record when the reader knows another epoch",
    async run({ store }) {
      const owner = newOwner();
      const first = await create(store, owner, "app", { a: 1 });
      await store.clear(owner, { state: "app", commitId: "clear", until: inAnHour() });
      const second = await create(store, owner, "app", { b: 2 });
      assert.ok(second.epoch > first.epoch);
      const found = await store.read(owner, "app", first);
      assert.equal(found.record?.whole, true);
      assert.deepEqual(textsOf(found), { b: "2" });
    },
  },
  {
    title: "read() keeps owners and states apart when their names resemble each other",
    async run({ store }) {
      const owner = newOwner();
      const others = [`${owner}x`, owner.slice(0, -1), `${owner}:tab`];
      await create(store, owner, "app", { a: 1 });
      for (const other of others) assert.equal((await store.read(other, "app")).owner, "absent");
      for (const state of ["ap", "appp", "App", ""]) {
        assert.equal((await store.read(owner, state)).record, undefined);
        await create(store, owner, state, { a: state });
      }
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "1" });
      assert.deepEqual((await store.owner(owner)).states.toSorted(), [
        "",
        "App",
        "ap",
        "app",
        "appp",
      ]);
    },
  },
  {
    title: "owner() tells the version of the last commit to any of its records",
    async run({ store }) {
      const owner = newOwner();
      const a = await create(store, owner, "a", { x: 1 });
      const b = await create(store, owner, "b", { x: 1 });
      assert.ok(b.version > a.version);
      const info = await store.owner(owner);
      assert.equal(info.owner, "living");
      assert.equal(info.version, b.version);
      assert.deepEqual(info.states.toSorted(), ["a", "b"]);
    },
  },
];
