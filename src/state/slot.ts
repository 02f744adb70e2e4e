import type { Cell } from "./snapshot.ts";

/** One attribute of a live state: its value, and what is stored of it. */
export class Slot {
  /** What is stored; undefined where nothing ever was (the value is the constructor's default, or new). */
  cell: Cell | undefined;
  /** Whether `value` is there, or still has to be decoded from the cell. */
  loaded: boolean;
  value: unknown;
  /** Assigned since the last commit. */
  assigned = false;
  /** An object was handed out: it may have been changed in place. */
  touched = false;
  /** The property is gone from the instance. */
  removed = false;
  /** The default, as bytes, from before the app could change it. */
  defaultBytes: Uint8Array | undefined;

  private constructor(cell: Cell | undefined, loaded: boolean, value: unknown) {
    this.cell = cell;
    this.loaded = loaded;
    this.value = value;
  }

  static ofDefault(value: unknown): Slot {
    return new Slot(undefined, true, value);
  }

  static ofCell(cell: Cell): Slot {
    return new Slot(cell, false, undefined);
  }

  static ofNew(value: unknown): Slot {
    const slot = new Slot(undefined, true, undefined);
    slot.assign(value);
    return slot;
  }

  load(value: unknown): void {
    this.value = value;
    this.loaded = true;
  }

  assign(value: unknown): void {
    this.load(value);
    this.assigned = true;
    this.removed = false;
  }

  storedBytes(): Uint8Array {
    return this.cell?.bytes as Uint8Array;
  }

  /** Another base to compare with; the value stays. */
  rebase(cell: Cell): void {
    if (!this.loaded) {
      this.reset(cell);
      return;
    }
    this.cell = cell;
  }

  /** Forgets the value: the next reader decodes it anew. */
  reset(cell: Cell): void {
    this.cell = cell;
    this.loaded = false;
    this.value = undefined;
  }

  follow(cell: Cell, value: unknown): void {
    this.cell = cell;
    this.load(value);
  }
}
