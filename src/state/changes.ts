import { isPersistError, type PersistError } from "../errors.ts";
import { encodeAttribute, equalBytes } from "./attribute-bytes.ts";
import type { LiveState } from "./live-state.ts";
import type { Slot } from "./slot.ts";
import type { Cell } from "./snapshot.ts";

/** What a commit must write for one state. */
export interface Changes {
  readonly set: Map<string, Uint8Array>;
  readonly remove: string[];
  /**
   * Declared attributes that were never stored, with the constructor's values. They are added to a
   * write that happens anyway, so a random default stays the same.
   */
  readonly defaults: Map<string, Uint8Array>;
  /** One error for each attribute that cannot be stored. */
  readonly failures: PersistError[];
}

/**
 * Whether there is nothing to write. Defaults alone do not count: a visitor who changes nothing
 * stores nothing.
 */
export function isEmpty(changes: Changes): boolean {
  return changes.set.size === 0 && changes.remove.length === 0;
}

/**
 * Compares what the app has assigned or read with what is stored. An attribute that it has not
 * touched costs one check.
 * @param maxBytes most bytes of one attribute
 */
export function collectChanges(state: LiveState, maxBytes: number | undefined): Changes {
  const changes: Changes = { set: new Map(), remove: [], defaults: new Map(), failures: [] };
  const unstored: [name: string, slot: Slot][] = [];
  for (const [name, slot] of state.slots) {
    if (slot.removed) {
      // A declared attribute that was never stored needs a deletion mark too, or its default would
      // come back.
      if (slot.cell === undefined || slot.cell.bytes !== undefined) changes.remove.push(name);
    } else if (slot.assigned || slot.touched) {
      collecting(changes, () => compare(state, name, slot, changes, maxBytes));
    } else if (slot.cell === undefined) {
      unstored.push([name, slot]);
    }
  }
  if (isEmpty(changes)) {
    changes.defaults.clear();
    return changes;
  }
  for (const [name, { value }] of unstored) {
    collecting(changes, () =>
      changes.defaults.set(name, encodeAttribute(state, name, value, maxBytes)),
    );
  }
  return changes;
}

function compare(
  state: LiveState,
  name: string,
  slot: Slot,
  changes: Changes,
  maxBytes: number | undefined,
): void {
  const bytes = encodeAttribute(state, name, slot.value, maxBytes);
  if (slot.cell === undefined) {
    const isDefault = slot.defaultBytes !== undefined && equalBytes(bytes, slot.defaultBytes);
    (isDefault ? changes.defaults : changes.set).set(name, bytes);
  } else if (isStored(state, name, slot.cell, bytes)) {
    slot.assigned = false;
  } else {
    changes.set.set(name, bytes);
  }
}

function isStored(state: LiveState, name: string, cell: Cell, bytes: Uint8Array): boolean {
  if (cell.bytes === undefined) return false;
  if (equalBytes(bytes, cell.bytes)) return true;
  try {
    return equalBytes(bytes, state.canonicalBytes(name, cell));
  } catch {
    // The stored bytes cannot be decoded, and the app has assigned another value: that repairs the
    // attribute, so it is a change.
    return false;
  }
}

function collecting(changes: Changes, encodeOne: () => void): void {
  try {
    encodeOne();
  } catch (error) {
    if (!isPersistError(error)) throw error;
    changes.failures.push(error);
  }
}
