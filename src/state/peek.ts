import { decodeAttribute, encodeAttribute } from "./attribute-bytes.ts";
import { freshInstance } from "./attributes.ts";
import { isWritten } from "./codec/index.ts";
import { freezeDeep } from "./freeze.ts";
import type { LiveState } from "./live-state.ts";
import type { Registration } from "./registry.ts";
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
  const { instance, defaults } = freshInstance(registration);
  for (const [name, value] of defaults) {
    freezeDeep(value, wholeIn(registration));
    Object.defineProperty(instance, name, { value, enumerable: true });
  }
  for (const [name, cell] of snapshot?.cells ?? []) {
    if (registration.transient.has(name)) continue;
    if (cell.bytes === undefined) delete (instance as Record<string, unknown>)[name];
    else defineLazily(instance, name, () => frozenValue(registration, name, cell));
  }
  if (live !== undefined) showPending(instance, live);
  return Object.freeze(instance);
}

function showPending(instance: object, live: LiveState): void {
  for (const [name, slot] of live.slots) {
    if (!slot.assigned && !slot.touched) continue;
    // A copy by way of the bytes: the frozen view must not freeze what the app goes on changing.
    const copy = decodeAttribute(live.registration, name, encodeAttribute(live, name, slot.value));
    freezeDeep(copy, wholeIn(live.registration));
    Object.defineProperty(instance, name, { value: copy, enumerable: true, configurable: true });
  }
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
  // Instances of registered classes belong to one registration, and another registration may read
  // the same cell.
  const shareable = registration.types.size === 0;
  if (shareable && cell.frozen !== undefined) return cell.frozen.value;
  const value = decodeAttribute(registration, name, cell.bytes as Uint8Array);
  if (freezeDeep(value, wholeIn(registration)) && shareable) cell.frozen = { value };
  return value;
}

/** Classes that cache on their instances could not be read if they were frozen. */
function wholeIn({ types }: Registration): (value: object) => boolean {
  return (value) => isWritten(types, value);
}
