import { processWide } from "../process-wide.ts";
import { isSameClass } from "./same-class.ts";
import { keyTaken, notPersisted } from "./registry-errors.ts";
import type { TypeEntry } from "./codec/index.ts";
import type { SchemaCheck } from "./schema/index.ts";

/** A class that can be persisted: built without arguments. */
export type StateClass<T extends object = object> = new () => T;

/** Whose a state is. */
export type Owner = "browser" | "user";

/** The argument and the result of `migrate`: attribute names and their values. */
export type Attributes = Record<string, unknown>;

/** The options and the key of a persisted class. */
export interface Registration<T extends object = object> {
  readonly key: string;
  readonly stateClass: StateClass<T>;
  readonly version: number;
  readonly migrate: ((old: Attributes, fromVersion: number) => unknown) | undefined;
  readonly transient: ReadonlySet<string>;
  readonly types: ReadonlyMap<string, TypeEntry>;
  readonly owner: Owner;
  /**
   * How long the state is kept after its last change, in milliseconds; undefined: as long as the
   * session.
   */
  readonly ttl: number | undefined;
  /** The check of the attributes, if the state has a schema instead of a class. */
  readonly schema?: SchemaCheck | undefined;
  /**
   * The attributes that a new state would have, if that can be told without making one: a schema
   * takes its time for that.
   */
  readonly names?: (() => Iterable<string>) | undefined;
}

/**
 * One for all copies of this module: a class that one copy has registered is restored through
 * another.
 */
const { byKey, byClass } = processWide("registry.1", () => ({
  byKey: new Map<string, Registration>(),
  byClass: new WeakMap<object, Registration>(),
}));

const replaced = processWide("replacements.1", () => ({ count: 0 }));

/**
 * How often a class or schema was replaced by another one with its key, as a hot reload does. The
 * new one may know attributes of stored records that the old one has left out.
 */
export function replacements(): number {
  return replaced.count;
}

/**
 * Takes a key for a class. The same key for the same class in another copy (a hot reload, a second
 * bundle) replaces; the earlier copy keeps its own registration.
 * @throws PersistError `ERR_KEY_TAKEN` if the key belongs to another class
 */
export function register(registration: Registration): void {
  const holder = byKey.get(registration.key);
  if (holder !== undefined && !isSameClass(holder, registration)) {
    throw keyTaken(holder, registration);
  }
  if (holder !== undefined) replaced.count++;
  byKey.set(registration.key, registration);
  byClass.set(registration.stateClass, registration);
}

/**
 * Finds the registration of a class by the class itself. A class that a hot reload has replaced
 * keeps its own.
 * @throws PersistError `ERR_NOT_PERSISTED` if the class itself, and not only its parent, was never
 * marked
 */
export function registrationOf<T extends object>(stateClass: StateClass<T>): Registration<T> {
  const found = typeof stateClass === "function" ? byClass.get(stateClass) : undefined;
  if (found === undefined) {
    throw notPersisted(stateClass);
  }
  return found as Registration<T>;
}
