import { after, before } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { openRedisStore } from "../../src/store/redis.ts";
import type { OpenedStore } from "../../src/testing/store-contract.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";
import { newPrefix, withClient } from "./fixtures/given-client.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";

let server: RedisServer;
before(async () => (server = await startRedis()));
after(() => server.remove());

/** Each store has keys of its own on the one server. */
async function withUrl(): Promise<OpenedStore> {
  const options = { url: server.url, prefix: `${newPrefix()}*[a]:` };
  const store = await openRedisStore(options);
  return { store, reopen: () => openRedisStore(options), cleanup: () => store.close() };
}

const options = { sweeps: false };

testStoreContract("redis, by URL", withUrl, options);

testStoreContract(
  "redis, a client of node-redis",
  () =>
    withClient(
      async () => {
        const client = createClient({ url: server.url });
        client.on("error", () => undefined);
        await client.connect();
        return client;
      },
      (client) => client.destroy(),
    ),
  options,
);

testStoreContract(
  "redis, a client of ioredis with a prefix of its own",
  () =>
    withClient(
      async () => new Redis(server.url, { keyPrefix: "client*:" }),
      (client) => client.disconnect(),
    ),
  options,
);
