import assert from "node:assert/strict";
import { isPersistError } from "../../errors.ts";
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

export const writing: readonly ContractCase[] = [
  {
    title:
      "promise 4 (Merging): write() keeps both changes when two writers change different attributes",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "app", { a: 0, b: 0, c: 0 });
      await Promise.all([
        writeOne(store, owner, { state: "app", epoch, set: values({ a: 1 }) }),
        writeOne(store, owner, { state: "app", epoch, set: values({ b: 1 }) }),
        writeOne(store, owner, { state: "app", epoch, set: new Map(), remove: ["c"] }),
      ]);
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "1", b: "1", c: undefined });
    },
  },
  {
    title: "write() says which version of the record was there before",
    async run({ store }) {
      const owner = newOwner();
      const first = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
      const [created] = (await store.write(owner, [first], newCommit())).outcomes;
      assert.ok(created?.outcome === "written");
      assert.equal(created.previous, 0);
      const next = { state: "app", epoch: created.epoch, set: values({ a: 2 }) };
      const [changed] = (await store.write(owner, [next], newCommit())).outcomes;
      assert.ok(changed?.outcome === "written");
      assert.equal(changed.previous, created.version);
    },
  },
  {
    title: "write() creates a record once when two writers create it at the same time",
    async run({ store }) {
      const owner = newOwner();
      const write = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
      const results = await Promise.all(
        [1, 2, 3].map(() => store.write(owner, [write], newCommit())),
      );
      const count = (outcome: string): number =>
        results.filter((result) => result.outcomes[0]?.outcome === outcome).length;
      assert.deepEqual([count("written"), count("conflict")], [1, 2]);
    },
  },
  {
    title: 'write() creates nothing when the base is not "absent" and no record lives',
    async run({ store }) {
      const owner = newOwner();
      for (const base of [{}, { base: 0 }, { base: 7 }]) {
        const result = await store.write(
          owner,
          [{ state: "app", epoch: 0, ...base, set: values({ a: 1 }) }],
          newCommit(),
        );
        assert.deepEqual(result, { owner: "living", outcomes: [{ outcome: "ended" }] });
      }
      assert.equal((await store.read(owner, "app")).owner, "absent");
    },
  },
  {
    title: "write() creates a record without attributes",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", {});
      assert.deepEqual(textsOf(await store.read(owner, "app")), {});
    },
  },
  {
    title:
      "write() reports a conflict and changes nothing when the base is not the record's version",
    async run({ store }) {
      const owner = newOwner();
      const { epoch, version } = await create(store, owner, "app", { a: 1 });
      await writeOne(store, owner, { state: "app", epoch, base: version, set: values({ a: 2 }) });
      const late = { state: "app", epoch, base: version, set: values({ a: 3, b: 3 }) };
      assert.deepEqual((await store.write(owner, [late], newCommit())).outcomes, [
        { outcome: "conflict" },
      ]);
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
    },
  },
  {
    title: "write() does not report a conflict when only another record of the owner changed",
    async run({ store }) {
      const owner = newOwner();
      const { epoch, version } = await create(store, owner, "app", { a: 1 });
      await create(store, owner, "other", { a: 1 });
      await writeOne(store, owner, { state: "app", epoch, base: version, set: values({ a: 2 }) });
    },
  },
  {
    title: "write() applies the writes that hold and reports the others when one commit has both",
    async run({ store }) {
      const owner = newOwner();
      const a = await create(store, owner, "a", { x: 1 });
      const b = await create(store, owner, "b", { x: 1 });
      const { owner: status, outcomes } = await store.write(
        owner,
        [
          { state: "a", epoch: a.epoch, base: a.version, set: values({ x: 2 }) },
          { state: "b", epoch: b.epoch, base: b.version - 1, set: values({ x: 2 }) },
          { state: "b", epoch: b.epoch + 1, set: values({ x: 2 }) },
          { state: "c", epoch: 0, base: "absent", set: values({ x: 2 }) },
        ],
        newCommit(),
      );
      assert.equal(status, "living");
      const reported = outcomes.map(({ outcome }) => outcome);
      assert.deepEqual(reported, ["written", "conflict", "ended", "written"]);
      assert.equal(accepted(outcomes[0]).version, accepted(outcomes[3]).version);
      const found = ["a", "b", "c"].map(async (state) => textsOf(await store.read(owner, state)));
      assert.deepEqual(await Promise.all(found), [{ x: "2" }, { x: "1" }, { x: "2" }]);
    },
  },
  {
    title: "write() answers a repeated commit with the first results and changes nothing",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "app", { a: 1 });
      const commit = newCommit();
      const write = { state: "app", epoch, set: values({ a: 2 }) };
      const first = await store.write(owner, [write], commit);
      await writeOne(store, owner, { state: "app", epoch, set: values({ a: 3 }) });
      const before = await store.owner(owner);
      assert.deepEqual(await store.write(owner, [write], commit), first);
      assert.deepEqual(await store.owner(owner), before);
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "3" });
    },
  },
  {
    title: "write() answers a repeated commit that created the record",
    async run({ store }) {
      const owner = newOwner();
      const commit = newCommit();
      const write = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
      assert.deepEqual(
        await store.write(owner, [write], commit),
        await store.write(owner, [write], commit),
      );
    },
  },
  {
    title: "write() refuses a commitId of more than 64 characters",
    async run({ store }) {
      const commit = { ...newCommit(), commitId: "x".repeat(65) };
      await assert.rejects(store.write(newOwner(), [], commit), (error) =>
        isPersistError(error, "ERR_OPTION_INVALID"),
      );
    },
  },
  {
    title: "write() keeps the schema of the last write that gave one",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "app", { a: 1 });
      assert.equal((await store.read(owner, "app")).record?.schema, 0);
      await writeOne(store, owner, { state: "app", epoch, schema: 3, set: values({ a: 2 }) });
      await writeOne(store, owner, { state: "app", epoch, set: values({ a: 3 }) });
      assert.equal((await store.read(owner, "app")).record?.schema, 3);
    },
  },
  {
    title: "promise 9 (Bounds): write() stores nothing of a commit that would exceed maxBytes",
    async run({ store }) {
      const owner = newOwner();
      const { epoch, version } = await create(store, owner, "a", {
        x: new Uint8Array(600),
        y: new Uint8Array(300),
      });
      const limited = { ...newCommit(), maxBytes: 1000 };
      const writes = [
        { state: "a", epoch, set: values({ x: new Uint8Array(500) }) },
        { state: "b", epoch: 0, base: "absent" as const, set: values({ x: new Uint8Array(201) }) },
      ];
      await assert.rejects(store.write(owner, writes, limited), (error) =>
        isPersistError(error, "ERR_SESSION_TOO_LARGE"),
      );
      assert.deepEqual((await store.owner(owner)).states, ["a"]);
      assert.equal((await store.read(owner, "a")).record?.version, version);
    },
  },
  {
    title: "write() counts replaced and removed values as freed when it checks maxBytes",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "a", {
        x: new Uint8Array(600),
        y: new Uint8Array(400),
      });
      await writeOne(
        store,
        owner,
        { state: "a", epoch, set: values({ x: new Uint8Array(600) }) },
        newCommitOfAtMost(1000),
      );
      const moved = { state: "a", epoch, set: values({ z: new Uint8Array(400) }), remove: ["y"] };
      await writeOne(store, owner, moved, newCommitOfAtMost(1000));
      await store.clear(owner, { state: "a", commitId: "clear", until: Date.now() + 1e6 });
      await create(store, owner, "b", { x: new Uint8Array(1000) }, newCommitOfAtMost(1000));
    },
  },
];

function newCommitOfAtMost(maxBytes: number): ReturnType<typeof newCommit> {
  return { ...newCommit(), maxBytes };
}
