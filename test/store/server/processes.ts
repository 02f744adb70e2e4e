import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { create, newOwner, textsOf } from "../../../src/testing/contract/fixture.ts";
import { until } from "../../support/until.ts";
import { type Script, startScript } from "../fixtures/script.ts";
import { startProxy } from "../fixtures/tcp-proxy.ts";
import type { Engine, Server } from "./engine.ts";

/** How often each process adds one. */
const TIMES = 150;
const TIMES_CUT = 80;

/**
 * Starts a process that adds one to the count of `owner`, again and again. @param client - a name
 * of the engine's clients
 */
export function startCounting(
  { name }: Pick<Engine, "name">,
  url: string,
  owner: string,
  times: number,
  client: string,
): Script {
  return startScript("server-count.ts", [name, url, owner, String(times), client]);
}

/**
 * Processes that compete on one server.
 * @param clients - those of the processes that compete undisturbed
 * @param cutClients - those of the processes whose connections are cut
 */
export function testProcesses<S extends Server>(
  engine: Engine<S>,
  clients: readonly string[],
  cutClients: readonly string[],
): { readonly server: S } {
  let server: S;
  let store: Store;
  let owner: string;
  before(async () => {
    server = await engine.startServer();
    store = await engine.open(server.url);
  });
  after(async () => {
    await store.close();
    await server.remove();
  });

  async function begin(): Promise<void> {
    owner = newOwner();
    await create(store, owner, "app", { count: 0 });
  }

  test("a process whose work is done ends by itself, though its sessions are open and watch a state", async () => {
    const script = startScript("idle.ts", [server.url]);
    assert.equal(await script.line(), "kept 1");
    assert.equal((await once(script.process, "close"))[0], 0);
  });

  test(`promise 4 (Merging): write() with a base counts exactly when ${clients.length} processes compete`, async () => {
    await begin();
    const scripts = clients.map((kind) => startCounting(engine, server.url, owner, TIMES, kind));
    const codes = scripts.map(async (script) => (await once(script.process, "close"))[0]);
    assert.deepEqual(
      await Promise.all(codes),
      clients.map(() => 0),
    );
    const count = String(clients.length * TIMES);
    assert.deepEqual(textsOf(await store.read(owner, "app")), { count });
  });

  test("promise 4 (Merging): write() with a base counts exactly when the connections are cut again and again", async () => {
    await begin();
    const proxy = await startProxy(server.port);
    const url = engine.urlAt(proxy.port);
    const scripts = cutClients.map((kind) => startCounting(engine, url, owner, TIMES_CUT, kind));
    let running = scripts.length;
    const codes = scripts.map(async (script) => {
      const [code] = (await once(script.process, "close")) as [number];
      running--;
      return code;
    });
    // At every twentieth increment the answer that is due is cut off: it was done, and the caller
    // was not told.
    let cuts = 0;
    let next = 20;
    await until("all processes have ended", async () => {
      const count = Number(textsOf(await store.read(owner, "app"))?.["count"]);
      if (count >= next && running > 0) {
        next = count + 20;
        cuts++;
        proxy.cutAnswers(1).catch(() => undefined);
      }
      return running === 0;
    });
    assert.deepEqual(
      await Promise.all(codes),
      cutClients.map(() => 0),
    );
    assert.ok(cuts >= 5, `${cuts} cuts`);
    const count = String(cutClients.length * TIMES_CUT);
    assert.deepEqual(textsOf(await store.read(owner, "app")), { count });
    await proxy.close();
  });

  return {
    get server() {
      return server;
    },
  };
}
