import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { ask, startPostgres } from "../store/fixtures/postgres-server.ts";
import { startRedis } from "../store/fixtures/redis-server.ts";

export const SECRET = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
export const NEWER = "pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x";
export const STRANGE = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";

/** An empty store on a real engine, and where its bytes lie. */
export interface Place {
  readonly store: Store;
  /** Every byte that the engine has of it: of its files, if it has any. */
  readonly bytes: () => Promise<Buffer>;
}

const ENGINES: Record<string, () => Promise<Place & { remove(): Promise<void> }>> = {
  memory: async () => {
    const store = memoryStore();
    const bytes = async () => Buffer.from(await dump(store), "latin1");
    return await Promise.resolve({ store, bytes, remove: () => store.close() });
  },
  LMDB: async () => {
    const { path, remove } = newDirectory();
    const store = await openLmdbStore({ path });
    const bytes = async () => await Promise.resolve(filesBelow(path));
    return { store, bytes, remove: async () => (await store.close(), remove()) };
  },
  Redis: async () => {
    // Nothing is compressed, which could hide what is looked for.
    const server = await startRedis("--rdbcompression", "no");
    const store = await openRedisStore({ url: server.url });
    return {
      store,
      bytes: async () => {
        await server.ask("SAVE");
        // A list of both, or an object, by the protocol's version.
        const reply = Object(await server.ask("CONFIG", "GET", "dir")) as Record<string, string>;
        return filesBelow(Object.values(reply).at(-1) ?? assert.fail("no directory"));
      },
      remove: async () => (await store.close(), await server.remove()),
    };
  },
  PostgreSQL: async () => {
    const server = await startPostgres();
    const store = await openPostgresStore({ url: server.url });
    return {
      store,
      bytes: async () => {
        await ask(server.url, "CHECKPOINT");
        const [row] = await ask(server.url, "SHOW data_directory");
        return filesBelow(String(row?.["data_directory"]));
      },
      remove: async () => (await store.close(), await server.remove()),
    };
  },
};

/** The same tests on each of the four stores. */
export function onEveryStore(tests: (place: () => Place) => void): void {
  for (const [name, open] of Object.entries(ENGINES)) {
    describe(`on ${name}`, () => {
      let opened: Awaited<ReturnType<typeof open>>;
      before(async () => void (opened = await open()));
      after(async () => await opened.remove());
      tests(() => opened);
    });
  }
}

function filesBelow(directory: string): Buffer {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return Buffer.concat(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );
}

/** Every byte of every value, mark and name that a store gives, in one text. */
async function dump(store: Store): Promise<string> {
  const parts: string[] = [];
  for await (const { owner, states } of store.sessions()) {
    parts.push(owner);
    for (const state of states) {
      const { record } = await store.read(owner, state);
      parts.push(state);
      for (const [name, { bytes }] of record?.attributes ?? [])
        parts.push(name, Buffer.from(bytes ?? []).toString("latin1"));
    }
  }
  return parts.join("\n");
}

/** Writes past everything that seals, as an attacker who can write in the store would. */
export async function plant(
  store: Store,
  owner: string,
  state: string,
  values: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const { epoch } = await store.read(owner, state);
  const { outcomes } = await store.write(
    owner,
    [{ state, epoch, set: new Map(Object.entries(values)) }],
    { commitId: randomUUID(), expiresAt: Date.now() + 60_000 },
  );
  assert.equal(outcomes[0]?.outcome, "written");
}

/** The bytes of an attribute as the store has them. */
export async function rawBytes(
  store: Store,
  owner: string,
  state: string,
  name: string,
): Promise<Uint8Array> {
  const { record } = await store.read(owner, state);
  return record?.attributes.get(name)?.bytes ?? assert.fail(`${name} is not stored`);
}
