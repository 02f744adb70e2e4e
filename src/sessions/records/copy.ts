import { PersistError } from "../../errors.ts";
import { isSealedFormat, isSealName, openSealed, setSealed } from "../../identity/index.ts";
import type { RecordPoint, RecordWrite, StoredRecord } from "../../store/index.ts";
import { BEGINNING } from "./beginnings.ts";
import { endRecord } from "./clear.ts";
import type { Engine } from "./engine.ts";
import { writeNotes } from "./write.ts";

/** A record that has been copied. */
interface Copied {
  /** How far the original has been copied. */
  readonly seen: RecordPoint;
  /** The epoch of the copy. */
  readonly epoch: number;
}

/**
 * A copy of an owner's records, under an owner that no one else knows yet. The first update copies
 * all; later ones only what has changed since, so they are short even if the session is large.
 */
export class RecordsCopy {
  readonly #engine: Engine;
  readonly #from: string;
  readonly #to: string;
  readonly #session: string | undefined;
  readonly #copied = new Map<string, Copied>();
  /** Copies that were ended: another copy must name their epoch. */
  readonly #dropped = new Set<string>();

  /**
   * @param session - the new session's id if the records are its own; undefined for those of a tab
   */
  constructor(engine: Engine, from: string, to: string, session: string | undefined) {
    this.#engine = engine;
    this.#from = from;
    this.#to = to;
    this.#session = session;
  }

  /**
   * Brings the copy up to date.
   * @param states - the states that the original has now
   */
  async update(states: readonly string[]): Promise<void> {
    const { beginnings } = this.#engine;
    const session = this.#session;
    const own = session !== undefined && beginnings.areNeeded;
    for (const state of this.#copied.keys()) if (!states.includes(state)) await this.#drop(state);
    const writes: RecordWrite[] = [];
    const seen: RecordPoint[] = [];
    for (const state of states) {
      // The beginning is not copied: after a login the lifetime starts again.
      if (own && state === BEGINNING) continue;
      const found = await this.#changesOf(state);
      if (found === undefined) continue;
      writes.push(found.write);
      seen.push(found.seen);
    }
    const begins = own && states.length > 0 && beginnings.isToBeNoted(session);
    if (writes.length === 0 && !begins) return;
    const owner = { key: this.#to, session, lasting: false };
    const { outcomes } = await writeNotes(this.#engine, owner, writes);
    const expired: string[] = [];
    for (const [at, outcome] of outcomes.entries()) {
      const [point, write] = [seen[at], writes[at]];
      if (outcome.outcome !== "written") {
        if (write === undefined || write.base === "absent") throw keptWriting();
        expired.push(write.state);
      } else if (point !== undefined && write !== undefined) {
        this.#copied.set(write.state, { seen: point, epoch: outcome.epoch });
      }
    }
    if (expired.length === 0) return;
    // The copy of a record with an expiry of its own has expired, and the original was written just
    // before it did.
    for (const state of expired) await this.#drop(state);
    await this.update(states);
  }

  /** The write that brings the copy of one record up to date; undefined if it is. */
  async #changesOf(state: string): Promise<{ write: RecordWrite; seen: RecordPoint } | undefined> {
    const { store } = this.#engine;
    const copied = this.#copied.get(state);
    const { record } = await store.read(this.#from, state, copied?.seen);
    // It was cleared just now, which the next round sees.
    if (record === undefined) return undefined;
    const seen = { epoch: record.epoch, version: record.version };
    if (copied === undefined) return { write: await this.#create(record, state), seen };
    if (!record.whole) {
      if (record.version === copied.seen.version) return undefined;
      const merge = {
        ...this.#content(record, state),
        epoch: copied.epoch,
        expiresAt: record.expiresAt ?? 0,
      };
      return { write: merge, seen };
    }
    // Another life of the record, or one whose older deletion marks are forgotten: the copy begins
    // anew too.
    await this.#drop(state);
    return { write: await this.#create(record, state), seen };
  }

  async #create(record: StoredRecord, state: string): Promise<RecordWrite> {
    const { store } = this.#engine;
    const epoch = this.#dropped.has(state) ? (await store.read(this.#to, state)).epoch : 0;
    return { ...this.#content(record, state), epoch, base: "absent" };
  }

  #content(record: StoredRecord, state: string): Omit<RecordWrite, "epoch"> {
    return contentOf(this.#engine, this.#from, this.#to, state, record);
  }

  /** A record that was copied and then cleared must not come back. */
  async #drop(state: string): Promise<void> {
    await endRecord(this.#engine, this.#to, state);
    this.#copied.delete(state);
    this.#dropped.add(state);
  }
}

/**
 * Makes the write that creates a record of `from` under `to`. Undefined if there is nothing to
 * copy.
 */
export async function copyOf(
  engine: Engine,
  from: string,
  to: string,
  state: string,
): Promise<RecordWrite | undefined> {
  const { record } = await engine.store.read(from, state);
  if (record === undefined) return undefined;
  return { ...contentOf(engine, from, to, state, record), epoch: 0, base: "absent" };
}

/** The content of a record, with its sealed values sealed for their new place. */
function contentOf(
  { ring }: Engine,
  from: string,
  to: string,
  state: string,
  record: StoredRecord,
): Omit<RecordWrite, "epoch"> {
  const set = new Map<string, Uint8Array>();
  const remove: string[] = [];
  const { attributes, whole } = record;
  for (const [name, { bytes }] of attributes) {
    if (bytes === undefined) {
      // The number of a seal needs no deletion mark, but if the copy has the number, it must be
      // removed.
      if (!whole || !isSealName(name)) remove.push(name);
      continue;
    }
    if (isSealName(name)) continue;
    const opened = isSealedFormat(bytes)
      ? openSealed(ring, [from, state, name], attributes)
      : undefined;
    if (opened !== undefined) setSealed(set, ring, [to, state, name], opened);
    // Values without a seal, or with an invalid one, stay as they are.
    else set.set(name, bytes);
  }
  return {
    state,
    schema: record.schema,
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
    set,
    remove,
  };
}

/** The error of a move that could not finish because others kept writing. */
export function keptWriting(): PersistError {
  return new PersistError(
    "ERR_CONFLICT",
    "The session could not be given another id: others kept writing to it. Try again.",
  );
}
