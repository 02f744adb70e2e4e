import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext } from "node:test";
import {
  type ServiceOptions,
  type SessionMoved,
  StateService,
} from "../../src/gateway/service/state-service.ts";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import type { Store } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { Client } from "./service-client.ts";

const SECRET = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";

/** A running service, with all that belongs to it. Ends with its test. */
export interface Running {
  readonly sessions: Sessions;
  readonly store: Store;
  readonly service: StateService;
  readonly address: string;
  readonly moved: SessionMoved[];
  readonly warnings: string[];
  /** A connected client that has said hello. */
  readonly client: () => Promise<Client>;
  /** Another process on the same store: its own sessions and service. */
  readonly other: (options?: Partial<ServiceOptions>) => Promise<Running>;
}

export interface Wishes extends Partial<Omit<ServiceOptions, "sessions">> {
  readonly options?: SessionsOptions;
}

/** Values stand in the store as they are, so that a test can read and plant them. */
export const UNENCRYPTED: Wishes = { options: { encrypt: false } };

export function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "service-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export async function start(t: TestContext, store: Store, wishes: Wishes = {}): Promise<Running> {
  const { options, ...rest } = wishes;
  const warnings: string[] = [];
  const moved: SessionMoved[] = [];
  const sessions = createSessions({
    store,
    secret: SECRET,
    sweepInterval: false,
    log: (line) => void warnings.push(line),
    ...options,
  });
  const service = new StateService({
    sessions,
    address: { path: join(directory(t), "service.sock") },
    moved: (event) => void moved.push(event),
    ...rest,
  });
  const address = await service.listen();
  t.after(async () => await service.close());
  return {
    sessions,
    store,
    service,
    address,
    moved,
    warnings,
    async client() {
      const client = new Client(address);
      t.after(() => client.end());
      await client.hello();
      return client;
    },
    other: async (more = {}) => await start(t, store, { ...wishes, ...more }),
  };
}

/** The stores that every promise of the service is tested on. */
export const STORES: Record<string, (t: TestContext) => Promise<Store>> = {
  memory: async () => memoryStore(),
  lmdb: async (t) => {
    const store = await openLmdbStore({ path: directory(t) });
    t.after(async () => await store.close());
    return store;
  },
};

type Tests = (begin: (t: TestContext, wishes?: Wishes) => Promise<Running>) => void;

/** The same tests on each embedded store. */
export function onEachStore(tests: Tests): void {
  for (const [name, open] of Object.entries(STORES)) onStore(name, open, tests);
}

/** The same tests on each store over a network: one server for all of them. */
export function onEachServer(tests: Tests): void {
  let prefixes = 0;
  let redis: RedisServer;
  onStore(
    "redis",
    async (t) => {
      const store = await openRedisStore({ url: redis.url, prefix: `service${prefixes++}:` });
      t.after(async () => await store.close());
      return store;
    },
    tests,
    async () => {
      redis = await startRedis();
      return () => redis.remove();
    },
  );
  let postgres: PostgresServer;
  onStore(
    "postgres",
    async (t) => {
      const url = `${postgres.url}?prefix=service${prefixes++}_&connections=4`;
      const store = await openPostgresStore({ url });
      t.after(async () => await store.close());
      return store;
    },
    tests,
    async () => {
      postgres = await startPostgres();
      return () => postgres.remove();
    },
  );
}

function onStore(
  name: string,
  open: (t: TestContext) => Promise<Store>,
  tests: Tests,
  serve?: () => Promise<() => unknown>,
): void {
  describe(`on ${name}`, () => {
    let remove: (() => unknown) | undefined;
    before(async () => (remove = await serve?.()));
    after(async () => await remove?.());
    tests(async (t, wishes) => await start(t, await open(t), wishes));
  });
}

/** The path of a Unix socket's address. */
export function pathOf(address: string): string {
  return address.slice("unix:".length);
}
