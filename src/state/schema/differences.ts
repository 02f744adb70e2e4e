import { encodeAttribute, equalBytes } from "../attribute-bytes.ts";
import type { Attributes, Registration } from "../registry.ts";
import { MAX_PLACES, type Path } from "./places.ts";

/**
 * The places at which a schema has made another value of what it was given. The order of keys in an
 * object does not count, nor does a key that is there without a value, nor whether two places hold
 * one object: libraries differ there, and nothing is lost. Attributes that the schema has added are
 * no difference.
 */
export function differences(
  registration: Registration,
  given: Attributes,
  made: Attributes,
): readonly Path[] {
  const comparison = new Comparison(registration, given);
  for (const name of Object.keys(given))
    comparison.compare([name], given[name], Object.hasOwn(made, name) ? made[name] : undefined);
  return comparison.found;
}

class Comparison {
  readonly found: Path[] = [];
  readonly #registration: Registration;
  readonly #instance: object;
  /** What was compared with what: values of cycles come again. */
  readonly #seen = new Map<object, Set<object>>();

  constructor(registration: Registration, instance: object) {
    this.#registration = registration;
    this.#instance = instance;
  }

  compare(path: Path, given: unknown, made: unknown): void {
    if (this.found.length > MAX_PLACES || Object.is(given, made)) return;
    if (!isObject(given) || !isObject(made)) return void this.found.push(path);
    const seen = this.#seen.get(given) ?? new Set();
    if (seen.has(made)) return;
    this.#seen.set(given, seen.add(made));
    if (Array.isArray(given) && Array.isArray(made)) this.#lists(path, given, made);
    else if (given instanceof Map && made instanceof Map) this.#maps(path, given, made);
    else if (given instanceof Set && made instanceof Set) this.#lists(path, [...given], [...made]);
    else if (isPlain(given) && isPlain(made)) this.#objects(path, given, made);
    else if (!this.#hasSameBytes(path, given, made)) this.found.push(path);
  }

  #lists(path: Path, given: unknown[], made: unknown[]): void {
    if (given.length !== made.length) return void this.found.push(path);
    for (const [at, part] of given.entries()) this.compare([...path, at], part, made[at]);
  }

  #maps(path: Path, given: Map<unknown, unknown>, made: Map<unknown, unknown>): void {
    if (given.size !== made.size) return void this.found.push(path);
    const others = [...made];
    for (const [at, [key, value]] of [...given].entries()) {
      const [otherKey, otherValue] = others[at] as [unknown, unknown];
      this.compare([...path, key], key, otherKey);
      this.compare([...path, key], value, otherValue);
    }
  }

  #objects(path: Path, given: Attributes, made: Attributes): void {
    for (const key of new Set([...Object.keys(given), ...Object.keys(made)])) {
      const own = Object.hasOwn(given, key) ? given[key] : undefined;
      this.compare([...path, key], own, Object.hasOwn(made, key) ? made[key] : undefined);
    }
  }

  #hasSameBytes(path: Path, given: unknown, made: unknown): boolean {
    const state = { registration: this.#registration, instance: this.#instance };
    const [before, after] = [given, made].map((value) => {
      try {
        return encodeAttribute(state, String(path[0]), value);
      } catch {
        return undefined;
      }
    });
    // The commit itself refuses what cannot be stored.
    if (before === undefined) return true;
    return after !== undefined && equalBytes(before, after);
  }
}

function isPlain(value: object): value is Attributes {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
