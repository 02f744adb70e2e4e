import { isPersistError } from "../errors.ts";
import { installAccessors, isAccessor } from "./accessors.ts";
import { freshInstance, instanceFor } from "./attributes.ts";
import { type Changes, collectChanges, isEmpty } from "./changes.ts";
import { isWritten, OpaqueValue } from "./codec/index.ts";
import {
  decodeAttribute,
  decodeCell,
  encodeAttribute,
  equalBytes,
  isWithoutDefault,
} from "./attribute-bytes.ts";
import { DEFAULT_MARK } from "./default-mark.ts";
import { reconcile } from "./reconcile.ts";
import type { Registration } from "./registry.ts";
import { refuseMisfit } from "./schema/index.ts";
import { Slot } from "./slot.ts";
import { type Cell, type Snapshot, written } from "./snapshot.ts";

/** Gave the state to the app. Decides whether the running code may use it. */
export interface StateHolder {
  /** Throws a PersistError if the running code may not read or assign the state. */
  check(state: LiveState, assigning: boolean): void;
}

/** An instance that the app works on, and what this process knows of its record. */
export class LiveState {
  readonly registration: Registration;
  /** The record's owner in the store. */
  owner: string;
  readonly instance: object;
  holder: StateHolder;
  /** The record as last read or written; undefined while nothing is stored. */
  snapshot: Snapshot | undefined;
  /** The epoch that a write must name. */
  epoch: number;
  /** Set when the record's life ends, with the scope that ended it. Later changes are not kept. */
  over: { readonly by: unknown } | undefined;
  readonly slots = new Map<string, Slot>();
  readonly #others: ReadonlySet<string>;

  constructor(
    registration: Registration,
    owner: string,
    holder: StateHolder,
    stored: { snapshot: Snapshot | undefined; epoch: number },
  ) {
    const { instance, defaults, others } = instanceFor(registration, stored.snapshot?.cells);
    this.registration = registration;
    this.owner = owner;
    this.instance = instance;
    this.holder = holder;
    this.snapshot = stored.snapshot;
    this.epoch = stored.epoch;
    this.#others = others;
    for (const [name, value] of defaults) this.slots.set(name, Slot.ofDefault(value));
    for (const [name, cell] of stored.snapshot?.cells ?? []) {
      if (others.has(name) || isWithoutDefault(registration, name, cell.bytes)) continue;
      if (cell.bytes !== undefined) {
        this.slots.set(name, Slot.ofCell(cell));
        continue;
      }
      if (this.slots.delete(name)) delete (instance as Record<string, unknown>)[name];
    }
    installAccessors(instance, this.slots.keys(), this);
  }

  /** For the accessors. Reading an object marks its attribute as possibly changed in place. */
  get(name: string): unknown {
    this.holder.check(this, false);
    const slot = this.slots.get(name);
    if (slot === undefined) return undefined;
    const value = this.valueOf(name, slot);
    if (typeof value === "object" && value !== null && !slot.touched) this.#touch(name, slot);
    return value;
  }

  set(name: string, value: unknown): void {
    this.holder.check(this, true);
    const slot = this.slots.get(name);
    if (slot === undefined) return;
    this.#keepDefault(name, slot);
    slot.assign(value);
  }

  /**
   * The attributes' values for `console.log`. Marks nothing. Undecodable bytes show as their error.
   */
  *show(): Iterable<readonly [string, unknown]> {
    for (const [name, slot] of this.slots) {
      let value: unknown;
      try {
        value = this.valueOf(name, slot);
      } catch (error) {
        value = error;
      }
      yield [name, value];
    }
  }

  /** The attribute's value, decoded at the first call. @throws PersistError `ERR_DECODE` */
  valueOf(name: string, slot: Slot): unknown {
    if (!slot.loaded) slot.load(decodeCell(this.registration, name, slot.cell as Cell));
    return slot.value;
  }

  /** Whether `collect` would surely find nothing: no assignment, object read or changed name. */
  isClean(): boolean {
    for (const slot of this.slots.values()) if (slot.assigned || slot.touched) return false;
    let attributes = 0;
    for (const name of Object.keys(this.instance)) {
      if (this.#others.has(name)) continue;
      if (!this.slots.has(name) || !isAccessor(this.instance, name)) return false;
      attributes++;
    }
    return attributes === this.slots.size;
  }

  /**
   * Gives what has changed since the last read or write. The changes then count as written;
   * `reject` takes that back.
   * @param maxBytes most bytes of one attribute, if the changes will be stored: then they must fit
   *   the schema, too
   */
  collect(maxBytes?: number): Changes {
    this.#noticeNames();
    const changes = collectChanges(this, maxBytes);
    if (maxBytes !== undefined && !isEmpty(changes)) refuseMisfit(this, changes);
    for (const name of changes.set.keys()) {
      const slot = this.slots.get(name);
      if (slot !== undefined) slot.assigned = false;
    }
    return changes;
  }

  /** Call after the store has acknowledged what `collect` gave. */
  acknowledge(changes: Changes, snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.epoch = snapshot.epoch;
    const names = [...changes.set.keys(), ...changes.defaults.keys(), ...changes.remove];
    for (const name of names) {
      const slot = this.slots.get(name);
      const cell = snapshot.cells.get(name);
      if (slot === undefined || cell === undefined) continue;
      if (cell.bytes === undefined && slot.removed) this.slots.delete(name);
      else slot.rebase(cell);
    }
  }

  /** Call if the store did not take what `collect` gave: it must still be written. */
  reject(changes: Changes): void {
    for (const name of changes.set.keys()) {
      const slot = this.slots.get(name);
      if (slot !== undefined) slot.assigned = true;
    }
  }

  /**
   * Brings the object up to a newer snapshot of the same life. Attributes that the app has not
   * changed follow the store. Those that it has changed stay, and the next commit writes them.
   */
  absorb(snapshot: Snapshot): void {
    if (snapshot === this.snapshot) return;
    this.snapshot = snapshot;
    this.epoch = snapshot.epoch;
    this.#takeIn(snapshot);
  }

  /** Forgets all changes so far: only later ones count. */
  forgetChanges(): void {
    const changes = this.collect();
    const version = this.snapshot?.version ?? 0;
    const set = new Map([...changes.set, ...changes.defaults]);
    const point = { epoch: this.epoch, version, previous: version };
    this.acknowledge(
      changes,
      written(this.snapshot, point, this.registration.version, set, changes.remove),
    );
  }

  /** Takes `snapshot` as the stored form of this object: its record moved, or its life ended. */
  rebase(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.epoch = snapshot.epoch;
    for (const [name, slot] of this.slots) {
      const cell = snapshot.cells.get(name);
      if (cell === undefined) continue;
      // A sealed value has other bytes at its new place. This is not a change.
      if (slot.value instanceof OpaqueValue && !slot.assigned) slot.reset(cell);
      else slot.rebase(cell);
    }
  }

  /** Gives the attribute the class's default again. What is stored of it is not read. */
  resetAttribute(name: string): void {
    if (this.#others.has(name)) return;
    const { defaults } = freshInstance(this.registration);
    if (!defaults.has(name)) {
      this.slots.delete(name);
      delete (this.instance as Record<string, unknown>)[name];
      return;
    }
    const version = this.slots.get(name)?.cell?.version;
    const stored = { version: version ?? 0, bytes: DEFAULT_MARK, canonical: false };
    const slot = version === undefined ? Slot.ofDefault(defaults.get(name)) : Slot.ofCell(stored);
    this.slots.set(name, slot);
    if (!isAccessor(this.instance, name)) installAccessors(this.instance, [name], this);
  }

  #takeIn(snapshot: Snapshot): void {
    for (const [name, cell] of snapshot.cells) {
      if (this.#others.has(name)) continue;
      const slot = this.slots.get(name);
      if (slot === undefined) {
        if (this.#isAbsent(name, cell) || Object.hasOwn(this.instance, name)) continue;
        this.slots.set(name, Slot.ofCell(cell));
        installAccessors(this.instance, [name], this);
      } else if (slot.cell !== cell) {
        this.#follow(name, slot, cell);
      }
    }
  }

  #follow(name: string, slot: Slot, cell: Cell): void {
    if (slot.assigned || slot.removed || this.#changedInPlace(name, slot)) {
      slot.rebase(cell);
      return;
    }
    if (this.#isAbsent(name, cell)) {
      this.slots.delete(name);
      delete (this.instance as Record<string, unknown>)[name];
      return;
    }
    if (slot.touched) {
      try {
        const newer = decodeAttribute(this.registration, name, cell.bytes as Uint8Array);
        slot.follow(
          cell,
          reconcile(slot.value, newer, (value) => isWritten(this.registration.types, value)),
        );
        return;
      } catch (error) {
        // The next reader gets the error. The other attributes still work.
        if (!isPersistError(error, "ERR_DECODE")) throw error;
      }
    }
    slot.reset(cell);
  }

  #isAbsent(name: string, { bytes }: Cell): boolean {
    return bytes === undefined || isWithoutDefault(this.registration, name, bytes);
  }

  #changedInPlace(name: string, slot: Slot): boolean {
    if (!slot.touched) return false;
    const baseline = slot.cell?.bytes ?? slot.defaultBytes;
    if (baseline === undefined) return true;
    try {
      const now = encodeAttribute(this, name, slot.value);
      if (equalBytes(now, baseline)) return false;
      return slot.cell === undefined || !equalBytes(now, this.canonicalBytes(name, slot.cell));
    } catch {
      // A value that cannot be stored differs from what is stored. The commit will report it.
      return true;
    }
  }

  /** The cell's value as this process would encode it. */
  canonicalBytes(name: string, cell: Cell): Uint8Array {
    const bytes = cell.bytes as Uint8Array;
    if (cell.canonical) return bytes;
    const own = encodeAttribute(this, name, decodeAttribute(this.registration, name, bytes));
    if (equalBytes(own, bytes)) cell.canonical = true;
    return own;
  }

  #touch(name: string, slot: Slot): void {
    this.#keepDefault(name, slot);
    slot.touched = true;
  }

  /** Keeps the default of an attribute that was never stored, before the app can change it. */
  #keepDefault(name: string, slot: Slot): void {
    if (slot.cell !== undefined || slot.assigned || slot.defaultBytes !== undefined) return;
    try {
      slot.defaultBytes = encodeAttribute(this, name, slot.value);
    } catch {
      // This default cannot be stored. The commit names it, and keeps the other attributes.
    }
  }

  /** Finds attributes that the app has added to the instance or deleted from it. */
  #noticeNames(): void {
    let present = 0;
    for (const name of Object.keys(this.instance)) {
      if (this.#others.has(name)) continue;
      present++;
      const descriptor = Object.getOwnPropertyDescriptor(this.instance, name);
      if (descriptor === undefined || !("value" in descriptor)) continue;
      const slot = this.slots.get(name);
      if (slot === undefined) this.slots.set(name, Slot.ofNew(descriptor.value));
      else slot.assign(descriptor.value);
      if (descriptor.configurable === true) installAccessors(this.instance, [name], this);
    }
    const all = present === this.slots.size;
    for (const [name, slot] of this.slots)
      slot.removed = !all && !isEnumerable(this.instance, name);
  }
}

function isEnumerable(instance: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(instance, name);
}
