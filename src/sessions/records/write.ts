import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import { isSealName, staleSeals } from "../../identity/index.ts";
import type { RecordWrite, WriteOutcome, WriteResult } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import { expiresAfter, recordExpiry } from "./lifetime.ts";
import { isOfSession, type Owner } from "./owners.ts";

/** How often another writer may come in between before that is a failure. */
const MAX_ROUNDS = 20;
// After this many conflicts, the defaults are left out. Without them nothing can conflict.
const ROUNDS_WITH_DEFAULTS = 8;

/** What goes with a write. */
interface Terms {
  /** Names the commit, so that the store can tell a repeated write. */
  readonly commitId?: string | undefined;
  /** Marks who is signed in, if the session begins with this write. */
  readonly user?: () => string | undefined;
  /** Another expiry than the owner's. */
  readonly expiresAt?: number;
}

/**
 * Writes states of the app: all or none of them, within the size limit of a session. Tells of the
 * commit.
 */
export function writeStates(
  engine: Engine,
  owner: Owner,
  writes: readonly RecordWrite[],
  terms: Terms = {},
): Promise<WriteResult> {
  const writing = write(engine, owner, writes, terms, engine.limits.session);
  // There is rarely a listener, and one promise less saves time.
  if (!engine.events.listens("commit")) return writing;
  const started = performance.now();
  return writing.then((result) => {
    tellCommit(engine, writes, result.outcomes, started);
    return result;
  });
}

/**
 * Writes records that the library keeps about a session. They count for no limit: a full session
 * must be able to move and to end.
 */
export function writeNotes(
  engine: Engine,
  owner: Owner,
  writes: readonly RecordWrite[],
  terms: Terms = {},
): Promise<WriteResult> {
  return write(engine, owner, writes, terms, undefined);
}

/**
 * Extends an owner's records, and notes when the session began if the store does not
 * know. @returns until when they are kept
 */
export async function extend(
  engine: Engine,
  owner: Owner,
  user?: () => string | undefined,
): Promise<number> {
  const expiresAt = expiresAfter(engine, owner);
  if (isOfSession(owner) && engine.beginnings.isToBeNoted(owner.session, user))
    await writeNotes(engine, owner, [], { expiresAt, ...(user === undefined ? {} : { user }) });
  else await engine.store.touch(owner.key, expiresAt);
  return expiresAt;
}

/**
 * Changes a record on behalf of the library itself. This does not count as a use of the session, so
 * its expiry stays.
 */
export function rewriteRecord(
  { store, limits }: Engine,
  owner: string,
  write: RecordWrite,
  expiresAt: number,
): Promise<WriteResult> {
  return store.write(owner, [write], {
    commitId: randomUUID(),
    expiresAt,
    maxBytes: limits.session,
  });
}

/** Writes, and notes along with it when the session began if the store does not know. */
function write(
  engine: Engine,
  owner: Owner,
  writes: readonly RecordWrite[],
  { commitId = randomUUID(), user, expiresAt = expiresAfter(engine, owner) }: Terms,
  maxBytes: number | undefined,
): Promise<WriteResult> {
  const { store, beginnings } = engine;
  const options = { commitId, expiresAt, ...(maxBytes === undefined ? {} : { maxBytes }) };
  const begun = isOfSession(owner) ? beginnings.write(owner.session, user) : [];
  if (!isOfSession(owner) || begun.length === 0) return store.write(owner.key, writes, options);
  return store.write(owner.key, [...writes, ...begun], options).then((result) => {
    beginnings.written(owner.session, result.outcomes[writes.length]);
    return result;
  });
}

/** Reports what was stored. @param started - when the write began, by `performance.now()` */
function tellCommit(
  { events }: Engine,
  writes: readonly RecordWrite[],
  outcomes: readonly WriteOutcome[],
  started: number,
): void {
  const states: string[] = [];
  let attributes = 0;
  let bytes = 0;
  for (const [at, { state, set, remove = [] }] of writes.entries()) {
    if (outcomes[at]?.outcome !== "written") continue;
    states.push(state);
    for (const name of [...set.keys(), ...remove]) if (!isSealName(name)) attributes++;
    for (const part of set.values()) bytes += part.length;
  }
  if (states.length === 0) return;
  events.emit("commit", { states, attributes, bytes, milliseconds: performance.now() - started });
}

/** A record as its writer knows it. */
interface KnownRecord {
  readonly state: string;
  readonly epoch: number;
  /** The attributes that have the number of a seal beside them. */
  readonly seals?: ReadonlySet<string> | undefined;
}

/** What a write makes of a record. */
interface Content {
  readonly schema: number;
  /** Milliseconds; undefined: it lives as long as its owner. */
  readonly ttl: number | undefined;
  readonly set: ReadonlyMap<string, Uint8Array>;
  readonly remove: readonly string[];
}

/** Makes the write of one record. @param base - what the record must still be; undefined merges */
export function recordWrite(
  { state, epoch, seals }: KnownRecord,
  { schema, ttl, set, remove }: Content,
  base: RecordWrite["base"],
): RecordWrite {
  const stale = seals?.size ? staleSeals({ set, remove }, (name) => seals.has(name)) : [];
  return {
    state,
    epoch,
    // A merge keeps the stored schema: a newer release may have migrated the record since the
    // writer read it.
    ...(base === undefined ? {} : { base, schema }),
    expiresAt: recordExpiry(ttl),
    set,
    remove: stale.length === 0 ? remove : [...remove, ...stale],
  };
}

/**
 * What a write that merges must name. One that makes the record names its absence. One with
 * defaults names the version that was read: a default must not replace what another writer has
 * stored meanwhile.
 */
export function mergeBase(
  version: number | undefined,
  defaults: { readonly size: number },
): RecordWrite["base"] {
  if (version === undefined) return "absent";
  return defaults.size > 0 ? version : undefined;
}

/** Merges until it is stored: each conflict means that another writer was first. */
export async function mergeInRounds<R>(
  attempt: (withDefaults: boolean) => Promise<R | "conflict">,
): Promise<R> {
  for (let round = 0; ; round++) {
    const result = await attempt(round < ROUNDS_WITH_DEFAULTS);
    if (result !== "conflict") return result;
  }
}

/**
 * Tries again as long as another writer comes in between. @throws PersistError `ERR_CONFLICT` after
 * 20 times
 */
export async function untilStored<R>(
  attempt: () => Promise<R | "conflict">,
  message: string,
): Promise<R> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = await attempt();
    if (result !== "conflict") return result;
  }
  throw new PersistError("ERR_CONFLICT", message);
}
