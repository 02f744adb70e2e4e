import { PersistError } from "../errors.ts";
import type { Registration } from "./registry.ts";

/** A new instance, its properties divided into those that are kept and those that are not. */
export interface Fresh {
  readonly instance: object;
  /** The attributes with the constructor's values, in its order. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Own enumerable properties that are not attributes: transient ones, functions, accessors. */
  readonly others: ReadonlySet<string>;
}

/**
 * Builds an instance and finds its attributes: own, enumerable, string-keyed data properties that
 * are neither transient nor functions.
 * @throws PersistError `ERR_CLASS_FROZEN` if the constructor freezes or seals the instance
 */
export function freshInstance(registration: Registration): Fresh {
  const instance = new registration.stateClass();
  if (!Object.isExtensible(instance)) {
    throw new PersistError(
      "ERR_CLASS_FROZEN",
      `The constructor of ${registration.stateClass.name} freezes or seals the instance, so its changes cannot be followed. ` +
        `Remove Object.freeze/seal/preventExtensions from the constructor; freeze single values instead.`,
    );
  }
  const defaults = new Map<string, unknown>();
  // Usually there are only the transient ones.
  let others: ReadonlySet<string> = registration.transient;
  for (const name of Object.keys(instance)) {
    if (others.has(name)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(instance, name);
    const kept =
      descriptor?.configurable === true &&
      "value" in descriptor &&
      typeof descriptor.value !== "function";
    if (kept) defaults.set(name, descriptor.value);
    else others = new Set(others).add(name);
  }
  return { instance, defaults, others };
}

/**
 * The same for a stored record. If that has a value for each attribute, defaults are of no use, and
 * a state with a schema need not be asked for them: its defaults are `undefined` here.
 */
export function instanceFor(
  registration: Registration,
  cells: ReadonlyMap<string, unknown> | undefined,
): Fresh {
  const names = cells === undefined ? undefined : registration.names?.();
  if (names === undefined) return freshInstance(registration);
  const defaults = new Map<string, undefined>();
  for (const name of names) {
    if (cells?.has(name) !== true) return freshInstance(registration);
    defaults.set(name, undefined);
  }
  return { instance: {}, defaults, others: registration.transient };
}
