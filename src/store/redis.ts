import type { CheckedServerUrl } from "./store-url.ts";
import { checkCommitId } from "./refusals.ts";
import { Calls } from "./redis/calls.ts";
import { linkOf } from "./redis/client.ts";
import { answeredError, serverError } from "./redis/failures.ts";
import type { RedisLink } from "./redis/link.ts";
import { listOwners } from "./redis/listing.ts";
import { Keys } from "./redis/names.ts";
import { type RedisStoreOptions, type ResolvedOptions, resolveOptions } from "./redis/options.ts";
import { ownerReply, readReply, textOf, writeReply } from "./redis/replies.ts";
import { clearArguments, readArguments, whole, writeArguments } from "./redis/requests.ts";
import { clearScript, ownerScript, readScript, touchScript, writeScript } from "./redis/script.ts";
import { checkServer } from "./redis/server-check.ts";
import { urlLink } from "./redis/url.ts";
import { Watchers } from "./redis/watchers.ts";
import { within } from "./within.ts";
import type { OwnerInfo, Store } from "./store.ts";

export type { IoredisClient, NodeRedisClient } from "./redis/client.ts";
export type { RedisStoreOptions } from "./redis/options.ts";

/** Answers to a new connection that stay the same, however long the store waits. */
const REFUSALS = new Set(["WRONGPASS", "NOAUTH", "NOPERM"]);

/**
 * Opens a store on Redis 6 or later, Valkey, or a cluster of them. It is no error if the server
 * cannot be reached yet: calls fail with `ERR_STORE_UNAVAILABLE` until it can.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_STORE_FORMAT` (server too old),
 * `ERR_STORE_UNAVAILABLE` (name or password refused, package `redis` missing)
 * @example
 * ```ts
 * import { createSessions } from "persist-session";
 * import { openRedisStore } from "persist-session/store/redis";
 *
 * const store = await openRedisStore({ url: "redis://localhost:6379", timeout: 2000 });
 * const sessions = createSessions({ store, secret: "at least 32 characters, from outside" });
 * await sessions.ready;
 * await sessions.close();
 * ```
 */
export async function openRedisStore<U extends string = string>(
  options: RedisStoreOptions<U> & CheckedServerUrl<U, "redis://" | "rediss://">,
): Promise<Store> {
  const resolved = resolveOptions(options);
  const { url, client, timeout } = resolved;
  const own = client === undefined ? await urlLink(url ?? "") : undefined;
  const link = own ?? linkOf(client);
  try {
    // If there is no connection yet, the calls keep trying.
    if (own !== undefined) await within(timeout, own.contact).catch(() => undefined);
    const refused = own === undefined ? undefined : serverError(link.trouble);
    if (refused !== undefined && REFUSALS.has(refused)) throw answeredError(refused, link.trouble);
    for (const warning of await checkServer(link, timeout)) warn(warning);
  } catch (error) {
    await link.close();
    throw error;
  }
  return redisStore(link, resolved);
}

function warn(warning: string): void {
  process.emitWarning(warning, { code: "PERSIST_SESSION_REDIS" });
}

function redisStore(link: RedisLink, { prefix, timeout, notify }: ResolvedOptions): Store {
  const keys = new Keys(prefix);
  const calls = new Calls(link, timeout);
  const channelOf = (owner: string): string => (notify ? keys.owner(owner) : "");
  const readOwner = async (owner: string): Promise<OwnerInfo & { readonly bytes: number }> =>
    ownerReply(await calls.read(ownerScript, [keys.owner(owner)], []));
  const watchers = new Watchers(link, keys, readOwner, timeout);
  let closing: Promise<void> | undefined;

  return {
    name: "redis",
    shared: true,
    async read(owner, state, since) {
      return readReply(
        await calls.read(readScript, [keys.owner(owner)], readArguments(state, since)),
      );
    },
    async write(owner, writes, writeOptions) {
      checkCommitId(writeOptions.commitId);
      const args = writeArguments(writes, writeOptions, channelOf(owner));
      return writeReply(
        await calls.write(writeScript, keys.all(owner), args),
        writeOptions.maxBytes,
      );
    },
    async clear(owner, clearOptions) {
      checkCommitId(clearOptions.commitId);
      const args = clearArguments(clearOptions, channelOf(owner));
      const outcome = textOf(await calls.write(clearScript, keys.all(owner), args));
      return { outcome: outcome === "conflict" ? "conflict" : "cleared" };
    },
    async touch(owner, expiresAt) {
      // A repeated touch changes nothing, so its outcome is never in doubt.
      await calls.read(touchScript, [keys.owner(owner)], [whole(expiresAt)]);
    },
    async owner(owner) {
      const { bytes: _bytes, ...info } = await readOwner(owner);
      return info;
    },
    async sweep() {
      calls.checkOpen();
      return { removed: 0, more: false };
    },
    async *sessions() {
      for await (const { owner, info } of listOwners(calls, keys)) {
        const { owner: status, states, bytes, expiresAt } = info;
        if (status === "living") yield { owner, states, bytes, expiresAt };
      }
    },
    async *ended() {
      for await (const { owner, info } of listOwners(calls, keys))
        if (info.owner === "ended") yield { owner, until: info.expiresAt };
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
