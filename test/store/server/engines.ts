import { Redis } from "ioredis";
import pg from "pg";
import { createClient } from "redis";
import { openPostgresStore } from "../../../src/store/postgres.ts";
import { openRedisStore } from "../../../src/store/redis.ts";
import { type PostgresServer, startPostgres } from "../fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../fixtures/redis-server.ts";
import type { Engine, Opened } from "./engine.ts";

export const redis: Engine<RedisServer> = {
  name: "redis",
  startServer: () => startRedis("--appendonly", "yes", "--appendfsync", "always"),
  urlAt: (port, { timeout } = {}) => `redis://127.0.0.1:${port}${query({ timeout })}`,
  open: (url) => openRedisStore({ url }),
  clients: {
    "a URL": async (url) => withoutClient(await openRedisStore({ url })),
    "node-redis": async (url) => {
      const client = createClient({ url });
      client.on("error", () => undefined);
      await client.connect();
      const store = await openRedisStore({ client });
      return { store, end: async () => client.destroy() };
    },
    ioredis: async (url) => {
      const client = new Redis(url);
      client.on("error", () => undefined);
      const store = await openRedisStore({ client });
      return { store, end: async () => client.disconnect() };
    },
  },
  singles: {},
  disconnectAll: async (server) => void (await server.ask("CLIENT", "KILL", "TYPE", "normal")),
  signals: ["SIGKILL"],
  sweeps: false,
  knowsUnchanged: false,
  emptyRead: 600,
};

export const postgres: Engine<PostgresServer> = {
  name: "postgres",
  startServer: () => startPostgres(),
  urlAt: (port, { timeout, connections } = {}) =>
    `postgres://postgres@127.0.0.1:${port}/postgres${query({ timeout, connections })}`,
  open: (url) => openPostgresStore({ url }),
  clients: {
    "a URL": async (url) => withoutClient(await openPostgresStore({ url })),
    "a pool": async (url) => {
      const client = new pg.Pool({ connectionString: url, max: 3 });
      return { store: await openPostgresStore({ client }), end: async () => await client.end() };
    },
  },
  singles: {
    "a client": async (url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return { store: await openPostgresStore({ client }), end: async () => await client.end() };
    },
  },
  async disconnectAll(server) {
    await server.ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'persist-session'",
    );
  },
  signals: ["SIGKILL", "SIGQUIT", "SIGINT"],
  sweeps: true,
  knowsUnchanged: true,
  emptyRead: 700,
};

export const engines = { redis, postgres };

function withoutClient(store: Opened["store"]): Opened {
  return { store, end: async () => undefined };
}

function query(options: Readonly<Record<string, number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(options))
    if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? "" : `?${given.toString()}`;
}
