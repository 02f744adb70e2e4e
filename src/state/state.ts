import { PersistError } from "../errors.ts";
import { encodeAttribute } from "./attribute-bytes.ts";
import { decode } from "./codec/index.ts";
import { checkKey, checkOptions, type PersistOptions } from "./persist.ts";
import { type Attributes, type Registration, register, type StateClass } from "./registry.ts";
import {
  type InputOf,
  inWords,
  type OutputOf,
  put,
  SchemaCheck,
  type StandardSchema,
  unstablePaths,
} from "./schema/index.ts";
import type { UnstorableFields } from "./storable.ts";
import type { InstancesOf, NoTypes, ValueTypes } from "./value-types.ts";

/** Options of `state`. */
export interface StateOptions<
  S extends StandardSchema,
  V extends ValueTypes = ValueTypes,
> extends Pick<PersistOptions<string, object, V>, "version" | "types" | "owner" | "ttl"> {
  /**
   * The initial values of a new state, or a function that returns them. Default: the schema's
   * result for `{}`.
   */
  defaults?: InputOf<S> | (() => InputOf<S>);
  /**
   * Turns stored attributes into what the schema accepts: those of an older `version`, and those
   * that do not fit. Runs once per record, and its result replaces the stored attributes. May be
   * async. If it throws, `restore` fails with `ERR_MIGRATE_FAILED` and the record stays as it was.
   * Default: none, so `restore` fails with `ERR_MIGRATE_REQUIRED` or `ERR_SCHEMA_MISMATCH`.
   */
  migrate?: (old: Attributes, fromVersion: number) => InputOf<S> | Promise<InputOf<S>>;
}

/** The schema itself if it describes an object of attributes. */
type OfObject<S extends StandardSchema> =
  OutputOf<S> extends readonly unknown[] ? never : OutputOf<S> extends object ? S : never;

/** The options may be left out if the schema makes a new state of `{}`. */
type OptionsFor<S extends StandardSchema, V extends ValueTypes> =
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- what a new state is made of
  Record<never, never> extends InputOf<S>
    ? [options?: StateOptions<S, V>]
    : [options: StateOptions<S, V> & Required<Pick<StateOptions<S>, "defaults">>];

/** Attributes whose default is a function are not kept, and begin with it each time. */
type GivenFunctions<I, O> = {
  [K in keyof O & keyof I]-?: undefined extends I[K]
    ? O[K] extends (...args: never) => unknown
      ? K
      : never
    : never;
}[keyof O & keyof I];

type FlawsOf<S extends StandardSchema, V> = UnstorableFields<
  OutputOf<S>,
  GivenFunctions<InputOf<S>, OutputOf<S>>,
  InstancesOf<V>,
  "all"
>;

/** `unknown` if the schema's values can be stored, and else a text that names those that cannot. */
type OfStorable<S extends StandardSchema, V> = [FlawsOf<S, V>] extends [never]
  ? unknown
  : `${FlawsOf<S, V>}, which cannot be stored: change it, or name its class in types`;

const KNOWN = new Set(["defaults", "migrate", "version", "types", "owner", "ttl"]);

/**
 * A state whose shape is a schema instead of a class: of zod, valibot, arktype or any other library
 * that supports Standard Schema. Use the result wherever a persisted class is expected:
 * `restore(cart)`, `update(cart, …)`, `peek(cart)`. A state is a plain object.
 *
 * The schema is asked when a record is read (what does not fit goes through `migrate`, or is an
 * error) and before changes are stored. It must accept what it gives, and answer at once.
 *
 * @throws PersistError `ERR_KEY_INVALID`, `ERR_KEY_TAKEN`, `ERR_OPTION_INVALID`,
 * `ERR_SCHEMA_INVALID`, `ERR_SCHEMA_ASYNC` or `ERR_SCHEMA_DEFAULTS`, at once
 * @example
 * ```ts
 * import { restore, state } from "persist-session";
 * import { testSession } from "persist-session/testing";
 * import { z } from "zod";
 *
 * const cart = state("cart-by-schema", z.object({ items: z.array(z.string()).default([]) }));
 *
 * await using browser = await testSession();
 * await browser.run(async () => {
 *   const { items } = await restore(cart);
 *   items.push("tea");
 *   console.log(items); // [ 'tea' ]
 * });
 * ```
 */
export function state<const S extends StandardSchema, V extends ValueTypes = NoTypes>(
  key: string,
  schema: S & OfObject<S> & OfStorable<S, V>,
  ...[options]: OptionsFor<S, V>
): StateClass<OutputOf<S> & object> {
  checkKey(key);
  const call = `state("${key}")`;
  const { defaults = {}, ...rest } = (options ?? {}) as StateOptions<StandardSchema>;
  const stray = Object.keys(options ?? {}).find((name) => !KNOWN.has(name));
  if (stray !== undefined) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `${call}: "${stray}" is not an option. There are: ${[...KNOWN].join(", ")}.`,
    );
  }
  const check = new SchemaCheck(key, schema);
  const given = typeof defaults === "function" ? defaults : () => defaults;
  // A constructor that gives another object: restore() hands out plain ones.
  // oxlint-disable-next-line typescript/no-extraneous-class
  const stateClass = class {
    constructor() {
      // oxlint-disable-next-line no-constructor-return
      return ownCopy(registration, fresh(key, check, given()));
    }
  } as StateClass;
  Object.defineProperty(stateClass, "name", { value: key });
  const checked = checkOptions(call, rest as PersistOptions);
  const registration: Registration = { key, stateClass, ...checked, schema: check };
  const first = new stateClass() as Attributes;
  const unstable = unstablePaths(registration, first);
  if (unstable.length > 0) {
    throw new PersistError(
      "ERR_SCHEMA_INVALID",
      `The schema of ${call} does not accept what it gives itself: ${inWords(key, unstable)}. A transform changes the type, and what is stored could not be ` +
        `read again. Leave it out, and convert where the value is used.`,
    );
  }
  register({ ...registration, names: namesOf(first, defaults) });
  return stateClass;
}

function fresh(key: string, check: SchemaCheck, given: unknown): Attributes {
  const checked = check.check(given);
  if (!("misfits" in checked)) return checked.values;
  throw new PersistError(
    "ERR_SCHEMA_DEFAULTS",
    `A new state("${key}") has no value for ${inWords(key, checked.misfits)}. Give the schema a default there, or state() the option defaults: ` +
      `state("${key}", schema, { defaults: { … } }).`,
  );
}

/**
 * The attributes that a new state has. A schema gives the same ones each time; only given values
 * add more.
 */
function namesOf(first: Attributes, defaults: unknown): Registration["names"] {
  // Those are no attributes, and begin with their default each time.
  if (Object.values(first).some((value) => typeof value === "function")) return undefined;
  const names = Object.keys(first);
  if (typeof defaults !== "function") return () => names;
  return () => new Set([...names, ...Object.keys((defaults() as object | undefined) ?? {})]);
}

/**
 * Schemas may return one object for all defaults, and a session must change only its own.
 */
function ownCopy(registration: Registration, attributes: Attributes): object {
  const copy: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    const isObject = typeof value === "object" && value !== null;
    put(copy, name, isObject ? copyOf(registration, name, value) : value);
  }
  return copy;
}

function copyOf(registration: Registration, name: string, value: object): unknown {
  const { types, key } = registration;
  const bytes = encodeAttribute({ registration, instance: {} }, name, value);
  return decode(bytes, { label: `${key}.${name}`, types, maxBytes: Infinity });
}
