import { advance, type Snapshot } from "../../state/index.ts";
import type { OwnerStatus, ReadResult, RecordPoint } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import { browserOwner, isOfSession, type Owner } from "./owners.ts";

/** A record as the store has it. */
export interface Loaded {
  readonly owner: OwnerStatus;
  /** When the owner expires; 0 if it is absent. */
  readonly expiresAt: number;
  readonly epoch: number;
  readonly snapshot: Snapshot | undefined;
}

/** Reads a record; of one that this process has read before, only what has changed. */
export async function load(engine: Engine, owner: string, state: string): Promise<Loaded> {
  const known = engine.cache.get(owner, state);
  return note(engine, owner, state, known, await engine.store.read(owner, state, known));
}

/** Like `load`, but synchronous. Undefined if the store cannot read at once. */
export function loadNow(engine: Engine, owner: string, state: string): Loaded | undefined {
  if (engine.store.readNow === undefined) return undefined;
  const known = engine.cache.get(owner, state);
  return note(engine, owner, state, known, engine.store.readNow(owner, state, known));
}

function note(
  { cache }: Engine,
  key: string,
  state: string,
  known: Snapshot | undefined,
  { owner, expiresAt, epoch, record }: ReadResult,
): Loaded {
  if (record === undefined) {
    if (known !== undefined) cache.delete(key, state);
    return { owner, expiresAt, epoch, snapshot: undefined };
  }
  const snapshot = advance(known, record);
  if (snapshot !== known) cache.put(key, state, snapshot);
  return { owner, expiresAt, epoch, snapshot };
}

/**
 * Reads a record for a reader that keeps what it has read: from an embedded store without waiting.
 * @returns what was found, and whether the session or the user has ended
 */
export async function readFor(
  { store }: Engine,
  owner: Owner,
  state: string,
  since: RecordPoint | undefined,
): Promise<{ readonly found: ReadResult; readonly isEnded: boolean }> {
  const { key, session } = owner;
  // An embedded store answers at once, and an `await` would cost a turn.
  const found = store.readNow?.(key, state, since) ?? store.read(key, state, since);
  // Tabs are owners of their own, so their session must be asked too.
  const isOfTab = session !== undefined && !isOfSession(owner);
  if (isOfTab) {
    const [read, of] = await Promise.all([found, store.owner(browserOwner(session))]);
    return { found: read, isEnded: read.owner === "ended" || of.owner === "ended" };
  }
  const read = found instanceof Promise ? await found : found;
  return { found: read, isEnded: read.owner === "ended" };
}
