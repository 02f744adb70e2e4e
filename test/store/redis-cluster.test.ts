import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster } from "ioredis";
import { createClient, createCluster } from "redis";
import { isPersistError } from "../../src/errors.ts";
import type { IoredisClient, NodeRedisClient } from "../../src/store/redis.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import { create, newOwner } from "../../src/testing/contract/fixture.ts";
import type { OpenedStore } from "../../src/testing/store-contract.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";
import { newPrefix, withClient } from "./fixtures/given-client.ts";
import { startCluster } from "./fixtures/redis-cluster.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";

let nodes: readonly RedisServer[] = [];
before(async () => (nodes = await startCluster()));
after(() => Promise.all(nodes.map((node) => node.remove())));

interface Kind {
  readonly connect: () => Promise<NodeRedisClient | IoredisClient>;
  readonly end: (client: unknown) => void;
}

const kinds: Record<string, Kind> = {
  "node-redis": {
    async connect() {
      const client = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    },
    end: (client) => (client as { destroy(): void }).destroy(),
  },
  ioredis: {
    async connect() {
      return new Cluster(nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    },
    end: (client) => (client as { disconnect(): void }).disconnect(),
  },
};

const openWith = ({ connect, end }: Kind, prefix?: string): Promise<OpenedStore> =>
  withClient(connect, end, prefix);

for (const [name, kind] of Object.entries(kinds)) {
  testStoreContract(`redis cluster, a client of ${name}`, () => openWith(kind), {
    sweeps: false,
    largestValue: 1_000_000,
  });
}

test("all keys of an owner lie in one slot, whatever its name is", async () => {
  const prefix = newPrefix();
  const { store, cleanup } = await openWith(kinds["node-redis"]!, prefix);
  const odd = ["", "}", "{", "}{", "{}", "a}b{c", "%7d", "\ud800"];
  for (const owner of [newOwner(), ...odd]) await create(store, owner, "app", { a: 1 });
  const slots = new Map<string, Set<string>>();
  for (const node of nodes) {
    for (const key of (await node.ask("KEYS", `${prefix}*`)) as string[]) {
      const owner = key.slice(0, key.lastIndexOf("}") + 1);
      const slot = String(await node.ask("CLUSTER", "KEYSLOT", key));
      slots.set(owner, (slots.get(owner) ?? new Set()).add(slot));
    }
  }
  assert.equal(slots.size, odd.length + 1);
  for (const [owner, found] of slots) assert.equal(found.size, 1, owner);
  await cleanup();
});

test("read() says that a cluster client is needed when the client is for one server", async () => {
  const client = createClient({ url: nodes[0]!.url });
  client.on("error", () => undefined);
  await client.connect();
  const store = await openRedisStore({ client });
  const failures: unknown[] = [];
  for (let i = 0; i < 30; i++)
    await store.read(`b:${i}`, "app").catch((error: unknown) => failures.push(error));
  assert.ok(failures.length > 0);
  for (const failure of failures) {
    assert.ok(isPersistError(failure, "ERR_STORE_UNAVAILABLE"));
    assert.match(failure.message, /cluster client/);
  }
  await store.close();
  client.destroy();
});
