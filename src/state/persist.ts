import { PersistError } from "../errors.ts";
import { type Duration, parseDuration } from "../identity/index.ts";
import {
  type Attributes,
  type Owner,
  type Registration,
  type StateClass,
  register,
} from "./registry.ts";
import type { ValueType } from "./codec/index.ts";
import type { OnlyStorable } from "./storable.ts";
import type { CheckedTypes, InstancesOf, NoTypes, ValueTypes } from "./value-types.ts";

/**
 * Options of `persist`. `N` are the names in `transient`, `M` is what `migrate` gives, `V` are the
 * `types`.
 */
export interface PersistOptions<
  N extends string = string,
  M extends object = object,
  V extends ValueTypes = ValueTypes,
> {
  /**
   * The version of the class's shape, a whole number from 1. Raise it, and add a `migrate`, when
   * you rename or reshape attributes. Default 1.
   */
  version?: number;
  /**
   * Turns the stored attributes of an older version into today's. Runs once per record, and its
   * result replaces the stored attributes. May be async. If it throws, `restore` fails with
   * `ERR_MIGRATE_FAILED` and the record stays as it was. Default: none, so `restore` fails with
   * `ERR_MIGRATE_REQUIRED` if a record of an older version is found.
   */
  migrate?: (old: Attributes, fromVersion: number) => M | Promise<M>;
  /**
   * Attributes that are not kept: they start with the constructor's value in each scope. Default:
   * none.
   */
  transient?: readonly N[];
  /**
   * Classes whose instances attributes may hold, by the name to store them under; or
   * `{ type, write, read }`, to store the result of `write`:
   * `Decimal: { type: Decimal, write: String, read: (text) => new Decimal(text) }`. Default: none.
   */
  types?: V & CheckedTypes<V>;
  /** Who owns the state: this browser (default), or the signed-in user, on every browser. */
  owner?: Owner;
  /**
   * How long the state is kept after its last change, at most the session's own ttl. Seconds, or
   * "30d". Default: as long as the session.
   */
  ttl?: Duration;
}

/** What a class must have to fit the options: the transient names, and the result of `migrate`. */
type Fitting<N extends string, M extends object> = Record<N, unknown> &
  (string extends keyof M ? object : Partial<M>);

/**
 * The compiler itself would accept a `migrate` that returns nothing of the class, because every
 * attribute is optional.
 */
type Migrated<M extends object, T> = [keyof M] extends [never]
  ? unknown
  : string extends keyof M
    ? unknown
    : [keyof M & keyof T] extends [never]
      ? `migrate gives "${keyof M & string}", which is no attribute of the class`
      : unknown;

/**
 * Marks a class. Works as a TC39 decorator and as a legacy (`experimentalDecorators`) one; returns
 * nothing. The compiler refuses classes with fields that cannot hold any storable value.
 */
interface PersistDecorator<N extends string, M extends object, R> {
  <C extends StateClass<Fitting<N, M>>>(
    stateClass: C & Migrated<M, InstanceType<C>> & OnlyStorable<InstanceType<C>, N, R, C>,
    context?: ClassDecoratorContext<C>,
  ): void;
  /** For generic code, whose class is a type parameter. */
  <T extends Fitting<N, M>>(
    stateClass: StateClass<T> & Migrated<M, T> & OnlyStorable<T, N, R, T>,
    context?: object,
  ): void;
}

/**
 * Marks a class as persisted under a key: `@persist("app-state")` before the class, or
 * `persist("app-state", AppState)` after it. The class itself is not changed: `new AppState()`
 * stays an ordinary object.
 *
 * Every own enumerable property that the constructor makes is an attribute and is kept; private
 * fields (`#x`), `accessor` fields and functions are not.
 *
 * @throws PersistError `ERR_KEY_INVALID`, `ERR_KEY_TAKEN`, `ERR_NOT_A_CLASS`, `ERR_CLASS_ARGUMENTS`
 * or `ERR_OPTION_INVALID`, at once
 * @example
 * ```ts
 * import { persist } from "persist-session";
 *
 * class Cart {
 *   items: string[] = [];
 *   isOpen = false;
 * }
 * persist("cart", Cart, { ttl: "7d", transient: ["isOpen"] });
 * ```
 */
export function persist<
  const N extends string = never,
  M extends object = object,
  V extends ValueTypes = NoTypes,
>(key: string, options?: PersistOptions<N, M, V>): PersistDecorator<N, M, InstancesOf<V>>;
export function persist<
  C extends StateClass,
  const N extends keyof InstanceType<C> & string = never,
  M extends Partial<InstanceType<C>> = Partial<InstanceType<C>>,
  V extends ValueTypes = NoTypes,
>(
  key: string,
  stateClass: C & OnlyStorable<InstanceType<C>, N, InstancesOf<V>, C>,
  options?: PersistOptions<N, M, V>,
): void;
export function persist<T extends object>(
  key: string,
  stateClass: StateClass<T> & OnlyStorable<T, never, never, T>,
): void;
export function persist(
  key: string,
  classOrOptions?: StateClass | PersistOptions,
  options?: PersistOptions,
): PersistDecorator<string, object, object> | void {
  checkKey(key);
  if (typeof classOrOptions === "function") {
    register(describe(key, classOrOptions, undefined, options ?? {}));
    return;
  }
  return (stateClass: unknown, context?: unknown) => {
    register(describe(key, stateClass, context, classOrOptions ?? {}));
  };
}

/** @throws PersistError `ERR_KEY_INVALID` */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== "string" || key.length === 0 || key.length > 200 || /\p{Cc}/u.test(key)) {
    throw new PersistError(
      "ERR_KEY_INVALID",
      'The key of a persisted class is a string of 1 to 200 characters: @persist("app-state").',
    );
  }
}

function describe(
  key: string,
  stateClass: unknown,
  context: unknown,
  options: PersistOptions,
): Registration {
  const kind = (context as { kind?: unknown } | undefined)?.kind;
  if (
    typeof stateClass !== "function" ||
    stateClass.prototype === undefined ||
    (kind ?? "class") !== "class"
  ) {
    throw new PersistError(
      "ERR_NOT_A_CLASS",
      `persist("${key}") marks a class, and was given something else. Write @persist("${key}") directly before "class".`,
    );
  }
  if (stateClass.length > 0) {
    throw new PersistError(
      "ERR_CLASS_ARGUMENTS",
      `The constructor of ${stateClass.name} needs ${stateClass.length} argument(s); a persisted class is built without any. ` +
        `Give each parameter a default, or set the attributes after restore().`,
    );
  }
  return {
    key,
    stateClass: stateClass as StateClass,
    ...checkOptions(`persist("${key}")`, options),
  };
}

function isEntry(entry: unknown): boolean {
  if (typeof entry === "function") return true;
  const { type, write, read } = (entry ?? {}) as Partial<Record<keyof ValueType, unknown>>;
  const isClass = typeof type === "function" && type.prototype !== undefined;
  const isPlain = type === Object || type === Array;
  return isClass && !isPlain && typeof write === "function" && typeof read === "function";
}

/** Checks the options that classes and schemas share. @param call - for messages */
export function checkOptions(
  call: string,
  options: PersistOptions,
): Omit<Registration, "key" | "stateClass"> {
  const { version = 1, migrate, transient = [], types = {}, owner = "browser", ttl } = options;
  const refuse = (option: string, expected: string) => {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `${call}: the option "${option}" must be ${expected}.`,
    );
  };
  if (!Number.isSafeInteger(version) || version < 1) refuse("version", "a whole number from 1");
  if (migrate !== undefined && typeof migrate !== "function")
    refuse("migrate", "a function (old, fromVersion) => attributes");
  if (!Array.isArray(transient) || transient.some((name) => typeof name !== "string")) {
    refuse("transient", "a list of attribute names");
  }
  if (owner !== "browser" && owner !== "user") refuse("owner", '"browser" or "user"');
  if (Object.values(types).some((entry) => !isEntry(entry)))
    refuse(
      "types",
      "a record of name to class, or to { type, write, read } with a class and two functions",
    );
  return {
    version,
    migrate,
    transient: new Set(transient),
    types: new Map(Object.entries(types)),
    owner,
    ttl: ttl === undefined ? undefined : parseDuration(ttl, `${call}: ttl`),
  };
}
