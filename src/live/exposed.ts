import { PersistError } from "../errors.ts";
import {
  type DeepReadonly,
  encodeAttribute,
  registrationOf,
  type StateClass,
} from "../state/index.ts";

/** The part of one state that a page may see. Made by {@link expose}. */
export interface Exposed<T extends object = object, K extends string = string> {
  /** The state's key, by which the page asks for it. */
  readonly key: string;
  /** The state's class. */
  readonly stateClass: StateClass<T>;
  /** The attributes that are sent. All others never leave the server. */
  readonly attributes: readonly K[];
  /** Picks these attributes of a state: the value for a page's first paint. */
  pick<S extends T | DeepReadonly<T>>(state: S): Pick<S, K & keyof S>;
}

/**
 * Says which attributes of a state a page may see. There is no "all": an attribute that a later
 * version adds stays on the server until it is named here.
 *
 * @throws PersistError `ERR_NOT_PERSISTED`; `ERR_OPTION_INVALID` if no attribute is named, or one
 * that is transient, a method or an accessor, or that a schema does not have. A class may give its
 * instances further attributes later, so of those a wrong name is found by TypeScript alone:
 * nothing is sent under it
 * @example
 * ```ts
 * import { persist } from "persist-session";
 * import { expose } from "persist-session/live";
 *
 * class Cart {
 *   items: string[] = [];
 *   margin = 0.3; // never leaves the server
 * }
 * persist("cart-with-margin", Cart);
 *
 * const cartView = expose(Cart, ["items"]);
 * console.log(cartView.pick(new Cart())); // { items: [] }
 * ```
 */
export function expose<T extends object, K extends keyof T & string>(
  stateClass: StateClass<T>,
  attributes: readonly K[],
): Exposed<T, K> {
  const { key, transient, schema, stateClass: known } = registrationOf(stateClass);
  const names: K[] = Array.isArray(attributes) ? [...new Set<K>(attributes)] : [];
  const call = `expose(${known.name}, …)`;
  if (names.length === 0) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `${call} needs a list of the attributes that the page may see, such as ["items"].`,
    );
  }
  for (const name of names) {
    if (typeof name !== "string" || name in (known.prototype as object)) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `${call}: ${JSON.stringify(name)} is no attribute. Methods and accessors are not kept: name the attributes that they use.`,
      );
    }
    if (schema?.mayHave(name, new known() as Record<string, unknown>) === false) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `${call}: "${name}" is no attribute of the schema. Check its spelling.`,
      );
    }
    if (transient.has(name)) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `${call}: "${name}" is transient, so no other process knows its value. Take it out of the list.`,
      );
    }
  }
  const pick = <S extends T | DeepReadonly<T>>(state: S): Pick<S, K & keyof S> =>
    Object.fromEntries(
      names.filter((name) => name in state).map((name) => [name, state[name as keyof S]]),
    ) as Pick<S, K & keyof S>;
  return { key, stateClass, attributes: names, pick };
}

const JSON_FORMAT = 0x4a;
const BYTES_FORMAT = 0x42;

/**
 * The exposed attributes of a state as one JSON object, whose values are written as in
 * docs/codec.md.
 * @throws PersistError `ERR_VALUE_UNSUPPORTED` if an attribute holds what only another language
 * reads
 */
export function exposedJson(exposed: Exposed, state: object): string {
  const registration = registrationOf(exposed.stateClass);
  const parts: string[] = [];
  for (const name of exposed.attributes) {
    if (!(name in state)) continue;
    const value = (state as Record<string, unknown>)[name];
    const bytes = encodeAttribute({ registration, instance: state }, name, value, Infinity);
    parts.push(`${JSON.stringify(name)}:${jsonOf(exposed, name, Buffer.from(bytes))}`);
  }
  return `{${parts.join(",")}}`;
}

function jsonOf({ stateClass }: Exposed, name: string, bytes: Buffer): string {
  if (bytes[0] === JSON_FORMAT) return bytes.toString("utf8", 1);
  if (bytes[0] === BYTES_FORMAT) return `{"$bytes":"${bytes.toString("base64", 1)}"}`;
  throw new PersistError(
    "ERR_VALUE_UNSUPPORTED",
    `${stateClass.name}.${name} holds a value of another language, which a page cannot read. Take it out of expose(…).`,
  );
}
