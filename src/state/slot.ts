import type { Cell } from "./snapshot.ts";

/** One attribute of a live state: its value, and its stored form. */
export class Slot {
  /**
   * The stored form; undefined if nothing was ever stored (the value is the constructor's default,
   * or new).
   */
  cell: Cell | undefined;
  /** Whether `value` is set. If not, it must still be decoded from the cell. */
  loaded: boolean;
  value: unknown;
  /** Whether the app has assigned it since the last commit. */
  assigned = false;
  /** Whether the app has read an object, which it may have changed in place. */
  touched = false;
  /** Whether the app has deleted the property from the instance. */
  removed = false;
  /** The encoded default, from before the app could change it. */
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

  /** Compares with another stored form from now on. The value stays. */
  rebase(cell: Cell): void {
    if (!this.loaded) {
      this.reset(cell);
      return;
    }
    this.cell = cell;
  }

  /** Forgets the value: the next read decodes it again. */
  reset(cell: Cell): void {
    this.cell = cell;
    this.loaded = false;
    this.value = undefined;
    this.touched = false;
  }

  follow(cell: Cell, value: unknown): void {
    this.cell = cell;
    this.load(value);
  }
}
