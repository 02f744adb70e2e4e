import type { ReadResult } from "../../store/store.ts";
import type { Handle } from "./handle.ts";

/** Whose a state is. */
export type OwnerKind = "browser" | "user" | "tab";

/**
 * One life of a record as a client knows it: from its restore until it is cleared. Writes name it, so those that were sent before the
 * record's creation was acknowledged belong to the life that their first one creates, and those that come after its end are late.
 */
export class Life {
  /** Whose it is; changes where the handle is replaced by another. */
  handle: Handle;
  readonly id: number;
  readonly kind: OwnerKind;
  readonly state: string;
  /** Changes where the session gets another id. */
  owner: string;
  epoch: number;
  /** Whether the record exists. */
  living: boolean;
  /** The version that the client has seen, or has made without missing another's. */
  seen: number;
  /** Nothing more is stored under it. */
  over = false;
  /** Stops the watching, where somebody watches. */
  unwatch: (() => void) | undefined;
  /** Whether the watcher has been told already, and has not looked since. */
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
  }

  /** Goes on with what a restore found, where that is the same life. */
  absorb({ epoch, record }: ReadResult): boolean {
    // Absent when it was looked at last: either still so, or somebody has created it since, and then it is everybody's.
    const same = record === undefined ? !this.living && this.epoch === epoch : this.fits(epoch);
    if (this.over || !same) return false;
    this.follow(epoch, record?.version);
    this.told = false;
    return true;
  }

  /** Whether a record of that epoch is this life's. */
  fits(epoch: number): boolean {
    return !this.living || this.epoch === epoch;
  }

  /** The record is at this point now, as far as the client knows. */
  follow(epoch: number, version: number | undefined): void {
    this.epoch = epoch;
    this.living = version !== undefined;
    this.seen = version ?? 0;
  }

  end(): void {
    this.over = true;
    this.unwatch?.();
    this.unwatch = undefined;
  }
}
