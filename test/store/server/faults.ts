import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import {
  accepted,
  create,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
  writeOne,
} from "../../../src/testing/contract/fixture.ts";
import { startProxy, type TcpProxy } from "../fixtures/tcp-proxy.ts";
import { answers, type Engine, is, type Server } from "./engine.ts";

/** Longer than a restart of the server takes, on a busy machine too. */
const PATIENT = 30_000;
/** For faults that last: calls give up soon. Nothing else may be asked of such a store. */
const HASTY = 600;
/**
 * The most that a call may take that gives up after HASTY, in milliseconds: bounded, and no measure
 * of speed.
 */
export const MAX_WAIT = 10_000;

/**
 * What the tests of a file share: one server, and for each test a proxy in front of it and a store
 * that goes through it.
 */
export interface FaultStage<S extends Server> {
  readonly server: S;
  readonly proxy: TcpProxy;
  readonly store: Store;
  /** Ends the server; it is started again after the test. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** What a store over a network does when its server or the way to it fails. */
export function testFaults<S extends Server>(engine: Engine<S>): FaultStage<S> {
  let server: S;
  let proxy: TcpProxy;
  let store: Store;
  let isDown = false;
  const open = (timeout: number): Promise<Store> =>
    engine.open(engine.urlAt(proxy.port, { timeout, connections: 3 }));
  /**
   * Stores that give up soon are opened beside the patient one, which sets up what a test needs.
   */
  const others: Store[] = [];
  const openHasty = async (timeout: number): Promise<Store> => {
    const hasty = await open(timeout);
    others.push(hasty);
    await answers(hasty);
    return hasty;
  };
  /** Past the proxy, which takes connections also while the server is down. */
  const openDirectly = async (): Promise<Store> => {
    const hasty = await engine.open(engine.urlAt(server.port, { timeout: HASTY }));
    others.push(hasty);
    return hasty;
  };
  const kill = async (signal?: NodeJS.Signals): Promise<void> => {
    isDown = true;
    await server.kill(signal);
  };
  const start = async (): Promise<void> => {
    await server.start();
    isDown = false;
  };
  before(async () => (server = await engine.startServer()));
  after(() => server.remove());
  beforeEach(async () => {
    proxy = await startProxy(server.port);
    store = await open(PATIENT);
  });
  afterEach(async () => {
    server.resume();
    if (isDown) await start();
    await Promise.all([store, ...others.splice(0)].map(async (one) => await one.close()));
    await proxy.close();
  });

  test("write() does a commit once when its answer was cut off", async () => {
    const owner = newOwner();
    const { epoch, version } = await create(store, owner, "app", { count: 0 });
    const cut = proxy.cutAnswers(1);
    const write = { state: "app", epoch, base: version, set: values({ count: 1 }) };
    const { outcomes } = await store.write(owner, [write], newCommit());
    await cut;
    // Done twice it would be a conflict with itself.
    assert.equal(accepted(outcomes[0]).epoch, epoch);
    assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "1" });
  });

  test("clear() and a creation are done once when their answers were cut off", async () => {
    const owner = newOwner();
    await store.read(owner, "app");
    const cut = proxy.cutAnswers(1);
    const first = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
    const { outcomes } = await store.write(owner, [first], newCommit());
    await cut;
    const { version: ifVersion } = accepted(outcomes[0]);
    const cutAgain = proxy.cutAnswers(1);
    const options = { commitId: "c", until: Date.now() + 1e6, ifVersion };
    assert.deepEqual(await store.clear(owner, options), { outcome: "cleared" });
    await cutAgain;
  });

  test("write() answers when an administrator ends all connections", async () => {
    const owner = newOwner();
    const { epoch } = await create(store, owner, "app", { n: 0 });
    for (let round = 0; round < 3; round++) {
      const writes = Array.from({ length: 50 }, (_, n) =>
        writeOne(store, owner, { state: "app", epoch, set: values({ n }) }),
      );
      await engine.disconnectAll(server);
      await Promise.all(writes);
    }
    await engine.disconnectAll(server);
    assert.notEqual((await store.read(owner, "app")).record, undefined);
  });

  for (const signal of engine.signals) {
    test(`promise 1 (Reload): no acknowledged commit is lost when the server gets ${signal}, and the store goes on`, async () => {
      const owner = newOwner();
      const { epoch } = await create(store, owner, "app", { n: 0 });
      const state = { running: true, acknowledged: 0, failed: [] as unknown[] };
      const writer = (async () => {
        for (let n = 1; state.running; n++) {
          try {
            await writeOne(store, owner, { state: "app", epoch, set: values({ n }) });
            state.acknowledged = n;
          } catch (error) {
            state.failed.push(error);
          }
        }
      })();
      for (let round = 0; round < 3; round++) {
        const goal = state.acknowledged + 30;
        await until("commits are acknowledged", () => state.acknowledged >= goal);
        await kill(signal);
        await start();
      }
      const goal = state.acknowledged + 1;
      await until("a commit after the last restart", () => state.acknowledged >= goal);
      state.running = false;
      await writer;
      // A restart takes less than the time of a call, so that none of them failed.
      assert.deepEqual(state.failed, []);
      assert.deepEqual(textsOf(await store.read(owner, "app")), { n: String(state.acknowledged) });
    });
  }

  test("promise 10 (Failure is loud): calls fail with ERR_STORE_UNAVAILABLE in bounded time while the server is down, and go on after it", async () => {
    const owner = newOwner();
    const { epoch } = await create(store, owner, "app", { n: 0 });
    const hasty = await openDirectly();
    await answers(hasty);
    await kill();
    const write = { state: "app", epoch, set: values({ n: 1 }) };
    const calls: (() => Promise<unknown>)[] = [
      () => hasty.read(owner, "app"),
      () => hasty.write(owner, [write], newCommit()),
      () => hasty.clear(owner, { commitId: "c", until: Date.now() + 1e6 }),
      () => hasty.touch(owner, Date.now() + 1e8),
      () => hasty.owner(owner),
      () => hasty.sessions()[Symbol.asyncIterator]().next(),
      () => hasty.watch(owner, () => undefined),
    ];
    if (engine.sweeps) calls.push(() => hasty.sweep({ now: Date.now(), limit: 1 }));
    for (const call of calls) {
      const begin = performance.now();
      await assert.rejects(call, is("ERR_STORE_UNAVAILABLE"));
      assert.ok(performance.now() - begin < MAX_WAIT);
    }
    await start();
    await answers(hasty);
    assert.deepEqual(textsOf(await store.read(owner, "app")), { n: "0" });
  });

  test("calls fail at once when the server has not answered for long, and one a second tries", async () => {
    // Long enough to tell a call that waits from a machine that is busy.
    const timeout = 3000;
    const hasty = await openHasty(timeout);
    const owner = newOwner();
    server.pause();
    await assert.rejects(hasty.read(owner, "app"), is("ERR_STORE_UNAVAILABLE"));
    const begin = performance.now();
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, () => hasty.read(owner, "app")),
    );
    assert.ok(results.every(({ status }) => status === "rejected"));
    const taken = performance.now() - begin;
    assert.ok(taken < timeout, "two hundred calls waited for a dead server");
    server.resume();
    await answers(hasty);
  });

  test("write() throws ERR_OUTCOME_UNKNOWN when a commit was sent and no answer came in time", async () => {
    const owner = newOwner();
    const { epoch } = await create(store, owner, "app", { n: 0 });
    // Long enough to send the commit on a busy machine.
    const hasty = await openHasty(3000);
    const release = proxy.hold();
    const write = { state: "app", epoch, set: values({ n: 1 }) };
    const begin = performance.now();
    await assert.rejects(hasty.write(owner, [write], newCommit()), is("ERR_OUTCOME_UNKNOWN"));
    assert.ok(performance.now() - begin < MAX_WAIT);
    release();
    await answers(hasty);
    // It was done, and once.
    assert.deepEqual(textsOf(await store.read(owner, "app")), { n: "1" });
  });

  test("slow answers are waited for when they come within the time", async () => {
    const owner = newOwner();
    const { epoch } = await create(store, owner, "app", { n: 0 });
    const { connections } = proxy;
    const release = proxy.hold();
    proxy.count();
    const writing = writeOne(store, owner, { state: "app", epoch, set: values({ n: 1 }) });
    let down = 0;
    await until("the answer waits in the proxy", () => (down += proxy.count().down) > 0);
    release();
    await writing;
    assert.equal(proxy.connections, connections);
  });

  test("a store opens when no server is there yet, and works from when it is", async () => {
    await kill();
    const hasty = await openDirectly();
    await assert.rejects(hasty.read("b:1", "app"), is("ERR_STORE_UNAVAILABLE"));
    await start();
    await answers(hasty);
    await until("it writes too", async () => {
      const written = create(hasty, newOwner(), "app", { a: 1 });
      return await written.then(
        () => true,
        () => false,
      );
    });
  });

  return {
    get server() {
      return server;
    },
    get proxy() {
      return proxy;
    },
    get store() {
      return store;
    },
    kill,
  };
}
