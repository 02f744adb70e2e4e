import { inspect } from "node:util";
import { PersistError } from "../errors.ts";
import { hiddenSlot } from "../hidden-slot.ts";

/** Reads and writes the attributes of one instance. */
export interface AttributeSource {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  /** Attribute names and values for display. Marks nothing as read. */
  show(): Iterable<readonly [string, unknown]>;
}

const sources = hiddenSlot<AttributeSource>();

// A constructor declares few attributes, the same for every instance. Names made at run time may be
// many, so this table of ready descriptors is bounded.
const descriptors = new Map<string, PropertyDescriptor>();
const MAX_DESCRIPTORS = 10_000;

/** Turns the named own properties of an instance into accessors on its source. */
export function installAccessors(
  instance: object,
  names: Iterable<string>,
  source: AttributeSource,
): void {
  sources.set(instance, source);
  for (const name of names) Object.defineProperty(instance, name, accessor(name));
  if (!(inspect.custom in instance)) {
    Object.defineProperty(instance, inspect.custom, { value: showInstance, configurable: true });
  }
}

/**
 * Whether the instance's own property is still the accessor: the app may have deleted and redefined
 * it.
 */
export function isAccessor(instance: object, name: string): boolean {
  return Object.getOwnPropertyDescriptor(instance, name)?.get !== undefined;
}

function accessor(name: string): PropertyDescriptor {
  const known = descriptors.get(name);
  if (known !== undefined) return known;
  const made: PropertyDescriptor = {
    get(this: object) {
      return sourceOf(this, name).get(name);
    },
    set(this: object, value: unknown) {
      sourceOf(this, name).set(name, value);
    },
    enumerable: true,
    configurable: true,
  };
  if (descriptors.size < MAX_DESCRIPTORS) descriptors.set(name, made);
  return made;
}

function sourceOf(instance: object, name: string): AttributeSource {
  const source = sources.get(instance);
  if (source === undefined) {
    // Object.create(state) inherits the accessor but has no attributes of its own.
    throw new PersistError(
      "ERR_NOT_PERSISTED",
      `"${name}" was read through an object that only inherits from a state. Use the object that restore() gave.`,
    );
  }
  return source;
}

/** `console.log(state)` shows the values, not the accessors, and marks nothing as read. */
function showInstance(this: object): object {
  const copy = Object.create(Object.getPrototypeOf(this)) as Record<string, unknown>;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(this))) {
    if ("value" in descriptor) Object.defineProperty(copy, name, descriptor);
  }
  for (const [name, value] of sources.get(this)?.show() ?? []) {
    Object.defineProperty(copy, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
