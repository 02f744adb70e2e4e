import assert from "node:assert/strict";
import { isPersistError } from "../../errors.ts";
import type { EndedOwner, RecordChange, SessionInfo } from "../../store/index.ts";
import {
  type ContractCase,
  create,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
  writeOne,
} from "./fixture.ts";

export const listingAndWatching: readonly ContractCase[] = [
  {
    title: "sessions() lists the living owners with their states and sizes",
    async run({ store }) {
      const [plain, ended, expired] = [newOwner(), newOwner(), newOwner()];
      const expiresAt = inAnHour();
      await create(store, plain, "a", { x: new Uint8Array(10) }, newCommit(expiresAt));
      await create(
        store,
        plain,
        "b",
        { x: new Uint8Array(5), y: new Uint8Array(1) },
        newCommit(expiresAt),
      );
      await create(store, ended, "a", { x: 1 });
      await store.clear(ended, { commitId: "c", until: inAnHour() });
      await create(store, expired, "a", { x: 1 }, newCommit(Date.now() - 1000));
      const found: SessionInfo[] = [];
      for await (const info of store.sessions())
        found.push({ ...info, states: info.states.toSorted() });
      assert.deepEqual(found, [{ owner: plain, states: ["a", "b"], bytes: 16, expiresAt }]);
    },
  },
  {
    title: "sessions() lists every owner once when there are many and some are written meanwhile",
    async run({ store }) {
      const owners = Array.from({ length: 350 }, newOwner);
      await Promise.all(owners.map((owner) => create(store, owner, "app", { a: 1 })));
      const listed: string[] = [];
      for await (const { owner } of store.sessions()) {
        if (listed.length % 50 === 0) {
          const { epoch } = await store.read(owner, "app");
          await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) });
        }
        listed.push(owner);
      }
      assert.deepEqual(listed.toSorted(), owners.toSorted());
    },
  },
  {
    title: "sessions() may be left before its end",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 });
      await create(store, newOwner(), "app", { a: 1 });
      for await (const info of store.sessions()) {
        assert.deepEqual(info.states, ["app"]);
        break;
      }
      await create(store, owner, "other", { a: 1 });
    },
  },
  {
    title: "ended() lists the owners whose tombstones must be honoured, if the store can",
    async run({ store }) {
      const [living, ended, forgotten] = [newOwner(), newOwner(), newOwner()];
      const until = inAnHour();
      await create(store, living, "a", { x: 1 });
      await store.clear(living, { state: "a", commitId: "c0", until });
      await create(store, ended, "a", { x: 1 });
      await store.clear(ended, { commitId: "c1", until });
      await store.clear(forgotten, { commitId: "c2", until: Date.now() - 1000 });
      const many = Array.from({ length: 150 }, newOwner);
      await Promise.all(
        many.map(async (owner) => await store.clear(owner, { commitId: "c", until })),
      );
      const found: EndedOwner[] = [];
      if (store.ended === undefined) return;
      for await (const one of store.ended()) found.push(one);
      assert.deepEqual(
        found.toSorted((a, b) => (a.owner < b.owner ? -1 : 1)),
        [ended, ...many].toSorted().map((owner) => ({ owner, until })),
      );
    },
  },
  {
    title: "watch() tells which record of the owner changed, and when the owner ended",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "a", { x: 1 });
      const told: RecordChange[] = [];
      const stop = await store.watch(owner, (change) => told.push(change));
      await create(store, newOwner(), "a", { x: 1 });
      await writeOne(store, owner, { state: "a", epoch, set: values({ x: 2 }) });
      await until("told about a", () => told.length === 1);
      await create(store, owner, "b", { x: 1 });
      await until("told about b", () => told.length === 2);
      await store.clear(owner, { state: "a", commitId: "c1", until: inAnHour() });
      await until("told about the clear", () => told.length === 3);
      await store.clear(owner, { commitId: "c2", until: inAnHour() });
      await until("told about the end", () => told.length === 4);
      const states = ["a", "b", "a", undefined];
      assert.deepEqual(
        told,
        states.map((state) => ({ owner, state })),
      );
      stop();
    },
  },
  {
    title: "watch() tells nothing more when it was stopped",
    async run({ store }) {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "a", { x: 1 });
      const [stopped, going]: RecordChange[][] = [[], []];
      const stop = await store.watch(owner, (change) => stopped?.push(change));
      const stopOther = await store.watch(owner, (change) => going?.push(change));
      stop();
      await writeOne(store, owner, { state: "a", epoch, set: values({ x: 2 }) });
      await until("the other one was told", () => going?.length === 1);
      assert.deepEqual(stopped, []);
      stopOther();
    },
  },
  {
    title: "watch() reports commits of another store",
    shared: true,
    async run({ store, another }) {
      const other = await another();
      const owner = newOwner();
      const { epoch } = await create(store, owner, "a", { x: 1 });
      const told: RecordChange[] = [];
      const stop = await other.watch(owner, (change) => told.push(change));
      await writeOne(store, owner, { state: "a", epoch, set: values({ x: 2 }) });
      await until("told", () => told.length === 1);
      assert.deepEqual(told, [{ owner, state: "a" }]);
      stop();
    },
  },
  {
    title: "close() waits for writes that are under way, and every later call is refused",
    async run({ store }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 });
      const commits = Array.from({ length: 20 }, () => create(store, newOwner(), "app", { a: 1 }));
      const underWay = store.write(
        owner,
        [{ state: "b", epoch: 0, base: "absent", set: values({ a: 1 }) }],
        newCommit(),
      );
      const all = Promise.allSettled(commits);
      await store.close();
      assert.equal((await underWay).outcomes[0]?.outcome, "written");
      // A commit that came after the close is refused. None hangs, and none is half done.
      for (const result of await all) {
        if (result.status === "rejected")
          assert.ok(isPersistError(result.reason, "ERR_STORE_CLOSED"));
      }
      const refused = [
        () => store.read(owner, "app"),
        () => store.write(owner, [], newCommit()),
        () => store.clear(owner, { commitId: "c", until: inAnHour() }),
        () => store.touch(owner, inAnHour()),
        () => store.owner(owner),
        () => store.sweep({ now: Date.now(), limit: 1 }),
        () => store.sessions()[Symbol.asyncIterator]().next(),
        () => store.watch(owner, () => {}),
      ];
      for (const call of refused)
        await assert.rejects(call, (error) => isPersistError(error, "ERR_STORE_CLOSED"));
      await store.close();
    },
  },
  {
    title: "close() of one store leaves another one on the same data alone",
    shared: true,
    async run({ store, another }) {
      const other = await another();
      const owner = newOwner();
      await create(other, owner, "app", { a: 1 });
      await other.close();
      assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "1" });
      await create(store, owner, "b", { a: 1 });
    },
  },
  {
    title: "a store that is opened again holds what was acknowledged before",
    shared: true,
    async run({ store, another }) {
      const owner = newOwner();
      await create(store, owner, "app", { a: 1 });
      const once = await another();
      assert.deepEqual(textsOf(await once.read(owner, "app")), { a: "1" });
    },
  },
];
