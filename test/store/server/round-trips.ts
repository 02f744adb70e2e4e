import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import {
  create,
  inAnHour,
  newCommit,
  newOwner,
  values,
  writeOne,
} from "../../../src/testing/contract/fixture.ts";
import { startProxy, type TcpProxy } from "../fixtures/tcp-proxy.ts";
import type { Engine, Server } from "./engine.ts";

export const LARGE = 1_000_000;

/**
 * What the tests of a file share: for each of them a store of one connection, whose bytes the proxy
 * counts.
 */
export interface RoundTripStage {
  readonly proxy: TcpProxy;
  readonly store: Store;
}

/**
 * What calls cost on the network.
 * @param warmUp - what a store has to do before its calls cost as little as they do from then on
 */
export function testRoundTrips<S extends Server>(
  engine: Engine<S>,
  warmUp: (store: Store) => Promise<void> = async () => undefined,
): RoundTripStage {
  let server: S;
  let proxy: TcpProxy;
  let store: Store;
  before(async () => (server = await engine.startServer()));
  after(() => server.remove());
  beforeEach(async () => {
    proxy = await startProxy(server.port);
    store = await engine.open(engine.urlAt(proxy.port, { connections: 1 }));
    await warmUp(store);
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
  });

  test("every call is one round trip", async () => {
    const owner = newOwner();
    const { epoch, version } = await create(store, owner, "app", { a: 1, b: 2 });
    const calls: Record<string, () => Promise<unknown>> = {
      read: () => store.read(owner, "app"),
      "read since": () => store.read(owner, "app", { epoch, version }),
      write: () =>
        store.write(
          owner,
          [
            { state: "app", epoch, set: values({ a: 2, c: 3 }), remove: ["b"] },
            { state: "other", epoch: 0, base: "absent", set: values({ x: 1 }) },
          ],
          { ...newCommit(), maxBytes: 1000 },
        ),
      touch: () => store.touch(owner, inAnHour() + 5000),
      owner: () => store.owner(owner),
      "clear of a record": () =>
        store.clear(owner, { state: "other", commitId: "c1", until: inAnHour() }),
      clear: () => store.clear(owner, { commitId: "c2", until: inAnHour() }),
    };
    if (engine.sweeps) calls["sweep"] = () => store.sweep({ now: Date.now(), limit: 10 });
    const { connections } = proxy;
    for (const [name, call] of Object.entries(calls)) {
      proxy.count();
      await call();
      assert.equal(proxy.count().trips, 1, name);
    }
    assert.equal(proxy.connections, connections);
  });

  test("a change of one small attribute of a large state sends and reads only that attribute", async () => {
    const owner = newOwner();
    const first = await create(store, owner, "app", { large: new Uint8Array(LARGE), small: 1 });
    proxy.count();
    await writeOne(store, owner, { state: "app", epoch: first.epoch, set: values({ small: 2 }) });
    const written = proxy.count();
    assert.ok(written.up + written.down < 1000, JSON.stringify(written));
    const { record } = await store.read(owner, "app", first);
    const read = proxy.count();
    assert.deepEqual([...(record?.attributes.keys() ?? [])], ["small"]);
    assert.ok(read.up + read.down < 1000, JSON.stringify(read));
    await store.read(owner, "app", record);
    const nothing = proxy.count();
    assert.ok(nothing.up + nothing.down < engine.emptyRead, JSON.stringify(nothing));
  });

  return {
    get proxy() {
      return proxy;
    },
    get store() {
      return store;
    },
  };
}
