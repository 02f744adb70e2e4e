import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { RecordChange, Store } from "../../../src/store/store.ts";
import {
  create,
  inAnHour,
  newOwner,
  until,
  values,
  writeOne,
} from "../../../src/testing/contract/fixture.ts";
import { startProxy, type TcpProxy } from "../fixtures/tcp-proxy.ts";
import type { Engine, Server } from "./engine.ts";

/** What the tests of a file share: one server, and for each test a proxy in front of it. */
export interface WatchStage<S extends Server> {
  readonly server: S;
  readonly proxy: TcpProxy;
  /** A store that writes, past the proxy. */
  readonly writer: Store;
}

/**
 * What a store over a network tells its watchers when connections are lost, and what watching
 * costs.
 */
export function testWatch<S extends Server>(engine: Engine<S>): WatchStage<S> {
  let server: S;
  let proxy: TcpProxy;
  let writer: Store;
  before(async () => (server = await engine.startServer()));
  after(() => server.remove());
  beforeEach(async () => {
    proxy = await startProxy(server.port);
    writer = await engine.open(server.url);
  });
  afterEach(async () => {
    await writer.close();
    await proxy.close();
  });

  for (const [kind, openStore] of Object.entries(engine.clients)) {
    test(`watch() tells each watcher once what may have changed when the connection was lost, by ${kind}`, async () => {
      const { store, end } = await openStore(engine.urlAt(proxy.port));
      const [kept, ended] = [newOwner(), newOwner()];
      const { epoch } = await create(writer, kept, "a", { x: 1 });
      await create(writer, kept, "cleared", { x: 1 });
      if (engine.knowsUnchanged) await create(writer, kept, "as it was", { x: 1 });
      await create(writer, ended, "a", { x: 1 });
      const told: RecordChange[] = [];
      for (const owner of [kept, ended]) await store.watch(owner, (change) => told.push(change));

      // While the connection is away: a change, a new state, a clear and an end.
      proxy.pointTo(1);
      proxy.cut();
      await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 2 }) });
      await create(writer, kept, "b", { x: 1 });
      await writer.clear(kept, { state: "cleared", commitId: "c1", until: inAnHour() });
      await writer.clear(ended, { commitId: "c2", until: inAnHour() });
      assert.deepEqual(told, []);

      proxy.pointTo(server.port);
      const named = (): string[] =>
        told.filter(({ owner }) => owner === kept).map(({ state }) => String(state));
      await until("told about what was missed", () => named().length >= 3 && told.length >= 4);
      assert.deepEqual(new Set(named()), new Set(["a", "b", "cleared"]));
      assert.equal(told.length, 4);
      assert.deepEqual(
        told.filter(({ owner }) => owner === ended),
        [{ owner: ended, state: undefined }],
      );

      // And messages come again.
      told.length = 0;
      await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 3 }) });
      await until("told about the next change", () => told.length > 0);
      assert.deepEqual(told, [{ owner: kept, state: "a" }]);
      await store.close();
      await end();
    });
  }

  for (const [kind, openStore] of Object.entries(engine.singles)) {
    test(`watch() works with a client that does not connect again, by ${kind}`, async () => {
      const { store, end } = await openStore(server.url);
      const owner = newOwner();
      const told: RecordChange[] = [];
      await store.watch(owner, (change) => told.push(change));
      await create(writer, owner, "a", { x: 1 });
      await create(store, owner, "b", { x: 1 });
      await until("told", () => told.length === 2);
      await store.close();
      await end();
    });
  }

  test("watch() takes one connection for all owners, and tells the changes of each", async () => {
    const store = await engine.open(engine.urlAt(proxy.port, { connections: 1 }));
    const { connections } = proxy;
    const owners = Array.from({ length: 20 }, newOwner);
    const told: RecordChange[] = [];
    await Promise.all(owners.map((owner) => store.watch(owner, (change) => told.push(change))));
    assert.equal(proxy.connections, connections + 1);
    await Promise.all(owners.map((owner) => create(writer, owner, "app", { a: 1 })));
    await until("told about all", () => told.length === owners.length);
    assert.deepEqual(new Set(told.map(({ owner }) => owner)), new Set(owners));
    await store.close();
  });

  return {
    get server() {
      return server;
    },
    get proxy() {
      return proxy;
    },
    get writer() {
      return writer;
    },
  };
}
