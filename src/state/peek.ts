import {
  decodeAttribute,
  decodeCell,
  encodeAttribute,
  isShortPrimitive,
  isWithoutDefault,
} from "./attribute-bytes.ts";
import { instanceFor } from "./attributes.ts";
import { isWritten } from "./codec/index.ts";
import { freezeDeep } from "./freeze.ts";
import type { LiveState } from "./live-state.ts";
import type { Attributes, Registration } from "./registry.ts";
import { put } from "./schema/index.ts";
import type { Cell, Snapshot } from "./snapshot.ts";

/**
 * Makes a frozen instance for reading. Its attributes are decoded when first read, and never
 * tracked. A deeply frozen value is decoded once per stored version in this process, however many
 * requests read it.
 *
 * @param live the state that the scope works on, whose uncommitted changes show too
 */
export function peekInstance(
  registration: Registration,
  snapshot: Snapshot | undefined,
  live: LiveState | undefined,
): object {
  const { instance, defaults } = instanceFor(registration, snapshot?.cells);
  for (const [name, value] of defaults) {
    const cell = snapshot?.cells.get(name);
    if (cell !== undefined) {
      showCell(instance, registration, name, cell);
      continue;
    }
    freezeDeep(value, wholeIn(registration));
    Object.defineProperty(instance, name, { value, enumerable: true });
  }
  for (const [name, cell] of snapshot?.cells ?? []) {
    if (defaults.has(name) || registration.transient.has(name)) continue;
    if (!isWithoutDefault(registration, name, cell.bytes))
      showCell(instance, registration, name, cell);
  }
  if (live !== undefined) showPending(instance, live);
  return Object.freeze(instance);
}

function showPending(instance: object, live: LiveState): void {
  for (const [name, slot] of live.slots) {
    if (!slot.assigned && !slot.touched) continue;
    // A copy made from the bytes: the frozen view must not freeze an object that the app may still
    // change.
    const copy = decodeAttribute(live.registration, name, encodeAttribute(live, name, slot.value));
    freezeDeep(copy, wholeIn(live.registration));
    Object.defineProperty(instance, name, { value: copy, enumerable: true, configurable: true });
  }
}

function showCell(instance: object, registration: Registration, name: string, cell: Cell): void {
  if (cell.bytes === undefined) {
    delete (instance as Record<string, unknown>)[name];
    return;
  }
  const known = knownValue(registration, name, cell);
  if (known === undefined)
    defineLazily(instance, name, () => frozenValue(registration, name, cell));
  // An assignment costs a tenth. It might call a setter, or meet `__proto__`.
  else if (name in instance) put(instance as Attributes, name, known.value);
  else (instance as Attributes)[name] = known.value;
}

/** A value that costs less than an accessor. */
function knownValue(registration: Registration, name: string, cell: Cell): Cell["frozen"] {
  if (!isShareable(registration)) return undefined;
  if (cell.frozen === undefined && isShortPrimitive(cell.bytes as Uint8Array)) {
    try {
      decodeCell(registration, name, cell);
    } catch {
      // The reader gets the error.
    }
  }
  return cell.frozen;
}

function defineLazily(instance: object, name: string, read: () => unknown): void {
  let known: { value: unknown } | undefined;
  Object.defineProperty(instance, name, {
    get: () => (known ??= { value: read() }).value,
    enumerable: true,
    configurable: true,
  });
}

function frozenValue(registration: Registration, name: string, cell: Cell): unknown {
  const shareable = isShareable(registration);
  if (shareable && cell.frozen !== undefined) return cell.frozen.value;
  const value = decodeAttribute(registration, name, cell.bytes as Uint8Array);
  if (freezeDeep(value, wholeIn(registration)) && shareable) cell.frozen = { value };
  return value;
}

/**
 * Instances of registered classes belong to one registration, and another registration may read the
 * same cell.
 */
function isShareable({ types }: Registration): boolean {
  return types.size === 0;
}

/** Classes that cache on their instances could not be read if they were frozen. */
function wholeIn({ types }: Registration): (value: object) => boolean {
  return (value) => isWritten(types, value);
}
