import type { CheckedServerUrl } from "./store-url.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isPersistError } from "../errors.ts";
import { checkCommitId } from "./refusals.ts";
import { Calls } from "./postgres/calls.ts";
import { clientLink, type PostgresLink } from "./postgres/client.ts";
import { prepare } from "./postgres/migrate.ts";
import {
  type PostgresStoreOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./postgres/options.ts";
import {
  endedReply,
  listReply,
  ownerReply,
  readReply,
  sweepReply,
  textReply,
  writeReply,
} from "./postgres/replies.ts";
import { Requests } from "./postgres/requests.ts";
import { listenOn, urlLink } from "./postgres/url.ts";
import { Watchers } from "./postgres/watchers.ts";
import type { Store } from "./store.ts";

export type { PostgresClient } from "./postgres/client.ts";
export { migratePostgres } from "./postgres/migrate.ts";
export type { PostgresStoreOptions } from "./postgres/options.ts";
export type { NamingOptions } from "./postgres/qualified-names.ts";
export { postgresSchema } from "./postgres/schema.ts";

/**
 * How many owners one transaction of a sweep or one page of a listing reads: few, so that no other
 * call waits long for it.
 */
const STEP = 100;

/**
 * Opens a store on PostgreSQL 12 or later, and makes its tables there unless `migrate: false`. It
 * is no error if the server cannot be reached yet: calls fail with `ERR_STORE_UNAVAILABLE` until it
 * can.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_STORE_FORMAT` (the tables are
 * missing and may not be made, or are of a newer version), `ERR_STORE_READ_ONLY` (no right to make
 * them), `ERR_STORE_UNAVAILABLE` (package `pg` missing, user or password refused)
 * @example
 * ```ts
 * import pg from "pg";
 * import { createSessions } from "persist-session";
 * import { openPostgresStore } from "persist-session/store/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://localhost:5432/app" });
 * const store = await openPostgresStore({ client: pool });
 * const sessions = createSessions({ store, secret: "at least 32 characters, from outside" });
 * await sessions.ready;
 * await sessions.close();
 * await pool.end();
 * ```
 */
export async function openPostgresStore<U extends string = string>(
  options: PostgresStoreOptions<U> & CheckedServerUrl<U, "postgres://" | "postgresql://">,
): Promise<Store> {
  const resolved = resolveOptions(options);
  const { url, client, connections, timeout } = resolved;
  const link =
    client === undefined ? await urlLink(url ?? "", connections, timeout) : clientLink(client);
  const calls = new Calls(link, timeout, (limit) =>
    prepare(link, resolved.names, resolved.migrate, limit),
  );
  try {
    await calls.run(() => ({ text: "SELECT 1", values: [] }), { writes: false });
  } catch (error) {
    // Until the server is there, calls fail with this error.
    if (!isPersistError(error, "ERR_STORE_UNAVAILABLE") || calls.refused) {
      await link.close();
      throw error;
    }
  }
  return postgresStore(link, calls, resolved);
}

function postgresStore(
  link: PostgresLink,
  calls: Calls,
  { names, timeout, watchUrl }: ResolvedOptions,
): Store {
  const requests = new Requests(names);
  const connect = (): ReturnType<PostgresLink["listener"]> =>
    watchUrl === undefined ? link.listener() : listenOn(watchUrl, timeout);
  const watchers = new Watchers(calls, requests, connect, names.channel, timeout);
  let closing: Promise<void> | undefined;

  return {
    name: "postgres",
    shared: true,
    async read(owner, state, since) {
      return readReply(await calls.run(requests.read(owner, state, since), { writes: false }));
    },
    async write(owner, writes, writeOptions) {
      checkCommitId(writeOptions.commitId);
      const { maxBytes } = writeOptions;
      const request = requests.write(owner, writes, writeOptions);
      return writeReply(await calls.run(request, { writes: true, maxBytes }));
    },
    async clear(owner, clearOptions) {
      checkCommitId(clearOptions.commitId);
      const reply = await calls.run(requests.clear(owner, clearOptions), { writes: true });
      return { outcome: textReply(reply) === "conflict" ? "conflict" : "cleared" };
    },
    async touch(owner, expiresAt) {
      // A repeated touch changes nothing, so its outcome is never in doubt.
      await calls.run(requests.touch(owner, expiresAt), { writes: false });
    },
    async owner(owner) {
      return ownerReply(await calls.run(requests.owner(owner), { writes: false }));
    },
    async sweep({ now, limit }) {
      let removed = 0;
      for (let left = limit; ;) {
        const request = requests.sweep(now, Math.min(STEP, left));
        const step = sweepReply(await calls.run(request, { writes: false }));
        removed += step.removed;
        left -= Math.max(step.seen, step.removed);
        const done = step.seen === 0 || left <= 0 || !step.more;
        if (done && !step.forgetful) return { removed, more: step.more };
        if (done) left = 0;
        await nextTurn();
      }
    },
    async *sessions() {
      for (let after: string | null = null; ;) {
        const rows = await calls.run(requests.list(after, STEP), { writes: false });
        const { last, found } = listReply(rows);
        yield* found;
        if (rows.length < STEP) return;
        after = last;
      }
    },
    async *ended() {
      for (let after = ""; ;) {
        const rows = await calls.run(requests.ended(after, STEP), { writes: false });
        const { last, found } = endedReply(rows);
        yield* found;
        if (rows.length < STEP) return;
        after = last;
      }
    },
    async watch(owner, listener) {
      calls.checkOpen();
      return await watchers.add(owner, listener);
    },
    async close() {
      closing ??= (async () => {
        await calls.close();
        watchers.close();
        await link.close();
      })();
      await closing;
    },
  };
}
