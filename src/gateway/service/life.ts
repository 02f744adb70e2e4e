import { sealedAttribute } from "../../identity/index.ts";
import type { ReadResult, RecordWrite } from "../../store/index.ts";
import type { Owner } from "../../sessions/records/index.ts";
import type { Handle } from "./handle.ts";
import type { ServedSession } from "./served-session.ts";

/** Whose a state is. */
export type OwnerKind = "browser" | "user" | "tab";

/** An owner, with what decides how long its records are kept. */
export function ownerOf(kind: OwnerKind, key: string, { id, tokenSeen }: ServedSession): Owner {
  return kind === "user"
    ? { key, session: undefined, lasting: true }
    : { key, session: id, lasting: tokenSeen };
}

/**
 * One life of a record as a client knows it: from its restore until its clear. Writes name the
 * life. So writes that were sent before the record's creation was acknowledged belong to the life
 * that the first of them creates, and writes after its end are late.
 */
export class Life {
  /** Its handle. Changes if another handle replaces it. */
  handle: Handle;
  readonly id: number;
  readonly kind: OwnerKind;
  readonly state: string;
  /** Its owner in the store. Changes if the session gets another id. */
  owner: string;
  epoch: number;
  /** Whether the record exists. */
  living: boolean;
  /** The version that the client has seen, or has written without missing another's. */
  seen: number;
  /** The attributes that are known to have the number of a seal beside them. */
  readonly seals = new Set<string>();
  /** Whether it has ended: nothing more is stored under it. */
  over = false;
  /** Stops the watch, if there is one. */
  unwatch: (() => void) | undefined;
  /** Whether the watcher has been told and has not read since. */
  told = false;

  constructor(handle: Handle, kind: OwnerKind, owner: string, state: string, found: ReadResult) {
    this.handle = handle;
    this.id = handle.peer.nextId();
    this.kind = kind;
    this.owner = owner;
    this.state = state;
    this.epoch = found.epoch;
    this.living = found.record !== undefined;
    this.seen = found.record?.version ?? 0;
    this.#readSeals(found);
  }

  /** Continues with what a restore found, if it is the same life. */
  absorb(found: ReadResult): boolean {
    const { epoch, record } = found;
    // It was absent at the last read. Either it still is, or another writer has created it, and
    // then all share that life.
    const same = record === undefined ? !this.living && this.epoch === epoch : this.fits(epoch);
    if (this.over || !same) return false;
    this.follow(epoch, record?.version);
    this.#readSeals(found);
    this.told = false;
    return true;
  }

  /** Whether a record of that epoch belongs to this life. */
  fits(epoch: number): boolean {
    return !this.living || this.epoch === epoch;
  }

  /** The record is at this point now, as far as the client knows. */
  follow(epoch: number, version: number | undefined): void {
    this.epoch = epoch;
    this.living = version !== undefined;
    this.seen = version ?? 0;
  }

  /** A write of this life was stored. */
  noteSeals({ set, remove = [] }: RecordWrite): void {
    for (const name of set.keys()) this.#noteSeal(name, true);
    for (const name of remove) this.#noteSeal(name, false);
  }

  #readSeals({ record }: ReadResult): void {
    if (record?.whole !== false) this.seals.clear();
    for (const [name, { bytes }] of record?.attributes ?? [])
      this.#noteSeal(name, bytes !== undefined);
  }

  #noteSeal(name: string, isThere: boolean): void {
    const attribute = sealedAttribute(name);
    if (attribute === undefined) return;
    if (isThere) this.seals.add(attribute);
    else this.seals.delete(attribute);
  }

  end(): void {
    this.over = true;
    this.unwatch?.();
    this.unwatch = undefined;
  }
}
