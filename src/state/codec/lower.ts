import { PersistError } from "../../errors.ts";
import { toBinary } from "./binary.ts";
import { binaryName, brandOf, isPlainArray } from "./builtin.ts";
import { hasExtraProperties, hasOwnProperties } from "./extras.ts";
import { OpaqueValue } from "./opaque.ts";
import { formatPath, type Step } from "./path.ts";
import { DOLLAR, MOST_BIGINT_DIGITS, put } from "./tags.ts";
import { unsupported } from "./unsupported.ts";

export interface LowerOptions {
  readonly label: string | undefined;
  readonly types: ReadonlyMap<string, abstract new (...args: never[]) => object> | undefined;
  readonly self: object | undefined;
  readonly maxDepth: number;
}

export interface Lowered {
  /** What JSON.stringify can write. The very value that was given, where that was plain already. */
  readonly json: unknown;
  /** `{"$":n}` in the written text stands for the n-th of these. */
  readonly opaque: readonly OpaqueValue[];
}

/**
 * Checks a value and brings it into the form that JSON.stringify writes as this format. Only what is not plain is
 * copied (with all that holds it), so that plain data costs one walk and no allocation.
 *
 * A first walk notes the objects that it meets twice; only if there are any, a second one gives them ids.
 */
export function lower(value: unknown, options: LowerOptions): Lowered {
  const first = new Lowering(options, undefined);
  const json = first.value(value, 0);
  if (first.repeated === undefined) return { json, opaque: first.opaque };
  const second = new Lowering(options, first.repeated);
  return { json: second.value(value, 0), opaque: second.opaque };
}

class Lowering {
  repeated: Set<object> | undefined;
  readonly opaque: OpaqueValue[] = [];
  readonly #options: LowerOptions;
  readonly #shared: ReadonlySet<object> | undefined;
  readonly #seen = new Set<object>();
  readonly #ids = new Map<object, number>();
  readonly #path: Step[] = [];
  #names: Map<object, string> | undefined;

  constructor(options: LowerOptions, shared: ReadonlySet<object> | undefined) {
    this.#options = options;
    this.#shared = shared;
  }

  /** `depth` is the number of brackets around the value in the JSON text. */
  value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return isPlainNumber(value)
          ? value
          : { $number: Object.is(value, -0) ? "-0" : String(value) };
      case "undefined":
        return { $undefined: null };
      case "bigint":
        return { $bigint: this.#digits(value) };
      case "object":
        return value === null ? null : this.#object(value, depth);
      case "function":
      case "symbol":
        return this.#refuse(value);
    }
  }

  #object(value: object, depth: number): unknown {
    if (value === this.#options.self) this.#refuseSelf();
    if (this.#shared === undefined) {
      const before = this.#seen.size;
      this.#seen.add(value);
      if (this.#seen.size === before) {
        (this.repeated ??= new Set()).add(value);
        return null; // this walk's result will not be used
      }
    } else if (this.#shared.has(value)) {
      const known = this.#ids.get(value);
      if (known !== undefined) return { $ref: known };
      const id = this.#ids.size;
      this.#ids.set(value, id);
      return { $def: [id, this.#content(value, depth + 2)] };
    }
    return this.#content(value, depth);
  }

  #content(value: object, depth: number): unknown {
    if (depth >= this.#options.maxDepth) this.#refuseDepth();
    if (Array.isArray(value)) return this.#array(value, depth);
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#plain(value, depth);
    if (value instanceof OpaqueValue) return this.#opaqueValue(value);
    switch (brandOf(value)) {
      case "plain":
        return this.#plain(value, depth);
      case "bare":
        return { $bare: this.#plain(value, depth + 1) };
      case "date":
        return this.#leaf(value, 0, () => ({ $date: dateText(value as Date) }));
      case "regexp":
        return this.#leaf(value, 1, () => ({ $regexp: this.#regexp(value as RegExp) }));
      case "url":
        return { $url: (value as URL).href };
      case "binary":
        return this.#binary(value as ArrayBufferView | ArrayBuffer);
      case "map":
        return this.#leaf(value, 0, () => ({
          $map: this.#entries(value as Map<unknown, unknown>, depth + 2),
        }));
      case "set":
        return this.#leaf(value, 0, () => ({
          $set: this.#items(value as Set<unknown>, depth + 2),
        }));
      case "instance":
        return this.#instance(value, depth);
      case "strange":
        return this.#refuse(value);
    }
  }

  #array(array: readonly unknown[], depth: number): unknown {
    if (!isPlainArray(array)) this.#refuse(array);
    let copy: unknown[] | undefined;
    for (let i = 0; i < array.length; i++) {
      const item = array[i];
      if (isPlainPrimitive(item)) {
        if (copy !== undefined) copy.push(item);
        continue;
      }
      this.#path.push(i);
      if (item === undefined && !Object.hasOwn(array, i)) this.#refuse(item, "a hole in an array");
      const low = this.value(item, depth + 1);
      this.#path.pop();
      if (copy === undefined && low !== item) copy = array.slice(0, i);
      if (copy !== undefined) copy.push(low);
    }
    if (hasExtraProperties(array))
      this.#refuse(array, "an array with properties besides its items");
    return copy ?? array;
  }

  // Property descriptors and not reads: an accessor is told from data, and none of the app's code runs.
  // An instance is always copied (its class may have a toJSON) and may keep a property out by making it non-enumerable.
  #plain(object: object, depth: number, instance = false): unknown {
    const names = Object.getOwnPropertyNames(object);
    let copy: object | undefined = instance ? {} : undefined;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const property = Object.getOwnPropertyDescriptor(object, name) as PropertyDescriptor;
      const value: unknown = property.value;
      let low = value;
      if (property.enumerable !== true) {
        if (instance) continue;
        this.#refuseAt(name, value, "a property that is not enumerable");
      }
      if (value === undefined && !("value" in property))
        this.#refuseAt(name, value, "an accessor property");
      if (!isPlainPrimitive(value)) {
        this.#path.push(name);
        low = this.value(value, depth + 1);
        this.#path.pop();
      }
      const escape = name.charCodeAt(0) === DOLLAR;
      if (copy === undefined && (escape || low !== value)) copy = copyBefore(object, names, i);
      if (copy !== undefined) put(copy, escape ? `$${name}` : name, low);
    }
    if (Object.getOwnPropertySymbols(object).length > 0)
      this.#refuse(object, "an object with a symbol as key");
    return copy ?? object;
  }

  #instance(value: object, depth: number): unknown {
    this.#names ??= new Map(
      [...(this.#options.types ?? [])].map(([name, type]) => [type.prototype as object, name]),
    );
    const name = this.#names.get(Object.getPrototypeOf(value) as object);
    if (name === undefined) return this.#refuse(value);
    return { $class: [name, this.#plain(value, depth + 2, true)] };
  }

  #entries(map: Map<unknown, unknown>, depth: number): unknown[] {
    const entries: unknown[] = [];
    for (const [key, value] of Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>) {
      entries.push([
        this.#inside(`key of entry ${entries.length}`, key, depth + 1),
        this.#inside(`entry ${entries.length}`, value, depth + 1),
      ]);
    }
    return entries;
  }

  #items(set: Set<unknown>, depth: number): unknown[] {
    const items: unknown[] = [];
    for (const item of Set.prototype.values.call(set) as Iterable<unknown>) {
      items.push(this.#inside(`item ${items.length}`, item, depth));
    }
    return items;
  }

  #inside(words: string, value: unknown, depth: number): unknown {
    this.#path.push({ words });
    const low = this.value(value, depth);
    this.#path.pop();
    return low;
  }

  #leaf(value: object, known: number, write: () => unknown): unknown {
    if (hasOwnProperties(value, known))
      this.#refuse(value, "a built-in object with properties of its own");
    return write();
  }

  #regexp(value: RegExp): unknown[] {
    const lastIndex: unknown = value.lastIndex;
    if (!Number.isSafeInteger(lastIndex) || (lastIndex as number) < 0 || Object.is(lastIndex, -0)) {
      this.#refuse(value, "a RegExp whose lastIndex is not a whole number from 0");
    }
    return [value.source, value.flags, lastIndex];
  }

  #binary(value: ArrayBufferView | ArrayBuffer): unknown {
    const name = binaryName(value);
    const indexed = ArrayBuffer.isView(value) && name !== "DataView";
    if (indexed ? hasExtraProperties(value as Uint8Array) : hasOwnProperties(value)) {
      this.#refuse(value, "a built-in object with properties of its own");
    }
    const { tag, base64 } = toBinary(value, name);
    return { [`$${tag}`]: base64 };
  }

  #opaqueValue(value: OpaqueValue): unknown {
    if (value.tag === undefined)
      this.#refuse(value, "an opaque value that is a whole attribute, inside a structure");
    return { $: this.opaque.push(value) - 1 };
  }

  #digits(value: bigint): string {
    const digits = value.toString();
    if (digits.length > MOST_BIGINT_DIGITS)
      this.#refuse(value, `a bigint of more than ${MOST_BIGINT_DIGITS} digits`);
    return digits;
  }

  #refuseAt(name: string, value: unknown, what: string): never {
    this.#path.push(name);
    return this.#refuse(value, what);
  }

  #refuse(value: unknown, what?: string): never {
    throw unsupported(formatPath(this.#options.label, this.#path), value, what);
  }

  #refuseSelf(): never {
    throw new PersistError(
      "ERR_SELF_REFERENCE",
      `${formatPath(this.#options.label, this.#path)}: refers to the state object itself, which cannot stand inside its own attribute. ` +
        "Keep a method or a getter for it, or name the attribute in the transient option of persist.",
    );
  }

  #refuseDepth(): never {
    throw new PersistError(
      "ERR_VALUE_UNSUPPORTED",
      `${formatPath(this.#options.label, this.#path)}: nested deeper than ${this.#options.maxDepth} levels of JSON. ` +
        "Store it flat, for example as a list of nodes that name their parents.",
    );
  }
}

function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

function isPlainPrimitive(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (typeof value === "number" && isPlainNumber(value)) ||
    typeof value === "boolean" ||
    value === null
  );
}

// What came before the first property that had to change was plain
function copyBefore(object: object, names: readonly string[], end: number): object {
  const copy = {};
  for (let i = 0; i < end; i++)
    put(copy, names[i] as string, (object as Record<string, unknown>)[names[i] as string]);
  return copy;
}

function dateText(date: Date): string | null {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
