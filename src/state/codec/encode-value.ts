import { brandOf, isPlainArray } from "./builtin.ts";
import { hasExtraProperties, hasOwnProperties } from "./extras.ts";
import {
  bigintTag,
  binaryTag,
  dateTag,
  type LeafTag,
  numberTag,
  pairsTag,
  regexpTag,
  urlTag,
} from "./leaf-tags.ts";
import { OpaqueValue } from "./opaque.ts";
import { formatPath, type Step } from "./path.ts";
import { isPlainNumber, isPlainPrimitive } from "./plain.ts";
import { DOLLAR, put } from "./tags.ts";
import { decodeValue } from "./decode-value.ts";
import { readWritten } from "./read-written.ts";
import { selfReference, tooDeep, unsupported } from "./unsupported.ts";
import { prototypeOf, type TypeEntry, type ValueType, writtenTypes } from "./value-type.ts";

export interface EncodeOptions {
  readonly label: string | undefined;
  readonly types: ReadonlyMap<string, TypeEntry> | undefined;
  readonly self: object | undefined;
  readonly maxDepth: number;
}

export interface Encoded {
  /** What JSON.stringify can write. The very value that was given, if that was plain already. */
  readonly json: unknown;
  /** `{"$":n}` in the written text stands for the n-th of these. */
  readonly opaque: readonly OpaqueValue[];
}

/**
 * Checks a value and brings it into the form that JSON.stringify writes as this format. Only what
 * is not plain is copied (with all that holds it), so that plain data costs one walk and no
 * allocation.
 *
 * A first walk notes the objects that it meets twice; only if there are any, a second one gives
 * them ids.
 */
export function encodeValue(value: unknown, options: EncodeOptions): Encoded {
  const first = new Encoding(options, undefined);
  const json = first.value(value, 0);
  if (first.repeated === undefined) return { json, opaque: first.opaque };
  const second = new Encoding(options, first.repeated);
  return { json: second.value(value, 0), opaque: second.opaque };
}

class Encoding {
  repeated: Set<object> | undefined;
  readonly opaque: OpaqueValue[] = [];
  readonly #options: EncodeOptions;
  readonly #shared: ReadonlySet<object> | undefined;
  readonly #seen = new Set<object>();
  readonly #ids = new Map<object, number>();
  readonly #path: Step[] = [];
  readonly #written: ReadonlyMap<object, string>;
  #names: Map<object, string> | undefined;

  constructor(options: EncodeOptions, shared: ReadonlySet<object> | undefined) {
    this.#options = options;
    this.#shared = shared;
    this.#written = writtenTypes(options.types);
  }

  /** `depth` is the number of brackets around the value in the JSON text. */
  value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return isPlainNumber(value) ? value : this.#leaf(value, depth, numberTag(value));
      case "undefined":
        return this.#leaf(value, depth, { $undefined: null });
      case "bigint":
        return this.#leaf(value, depth, bigintTag(value));
      case "object":
        return value === null ? null : this.#object(value, depth);
      case "function":
      case "symbol":
        return this.#refuse(value);
    }
  }

  #object(value: object, depth: number): unknown {
    const { label, self } = this.#options;
    if (value === self) throw selfReference(formatPath(label, this.#path));
    if (this.#shared === undefined) {
      const before = this.#seen.size;
      this.#seen.add(value);
      if (this.#seen.size === before) {
        (this.repeated ??= new Set()).add(value);
        return null; // this walk's result will not be used
      }
    } else if (this.#shared.has(value)) {
      this.#reserve(depth, 1);
      const known = this.#ids.get(value);
      if (known !== undefined) return { $ref: known };
      const id = this.#ids.size;
      this.#ids.set(value, id);
      return { $def: [id, this.#content(value, depth + 2)] };
    }
    return this.#content(value, depth);
  }

  #content(value: object, depth: number): unknown {
    this.#reserve(depth, 1);
    if (this.#written.size > 0) {
      const name = this.#written.get(Object.getPrototypeOf(value) as object);
      if (name !== undefined) return this.#custom(name, value, depth);
    }
    if (Array.isArray(value)) return this.#array(value, depth);
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#plain(value, depth);
    if (value instanceof OpaqueValue) return this.#opaqueValue(value);
    switch (brandOf(value)) {
      case "plain":
        return this.#plain(value, depth);
      case "bare":
        this.#reserve(depth, 2);
        return { $bare: this.#plain(value, depth + 1) };
      case "date":
        return this.#leaf(value, depth, dateTag(value as Date));
      case "regexp":
        return this.#leaf(value, depth, regexpTag(value as RegExp), 2);
      case "url":
        return this.#leaf(value, depth, urlTag(value as URL));
      case "searchparams":
      case "headers":
        return this.#leaf(value, depth, pairsTag(value as Headers), 3);
      case "binary":
        return this.#leaf(value, depth, binaryTag(value as ArrayBuffer));
      case "map":
        return this.#map(value as Map<unknown, unknown>, depth);
      case "set":
        return this.#set(value as Set<unknown>, depth);
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
      // straight to #object, since each level costs stack
      const low =
        typeof item === "object"
          ? this.#object(item as object, depth + 1)
          : this.value(item, depth + 1);
      this.#path.pop();
      if (copy === undefined && low !== item) copy = array.slice(0, i);
      if (copy !== undefined) copy.push(low);
    }
    if (hasExtraProperties(array))
      this.#refuse(array, "an array with properties besides its items");
    return copy ?? array;
  }

  // Property descriptors and not reads: an accessor is told from data, and none of the app's code
  // runs. An instance is always copied (its class may have a toJSON) and may keep a property out by
  // making it non-enumerable.
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
        low =
          typeof value === "object"
            ? this.#object(value as object, depth + 1)
            : this.value(value, depth + 1);
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
      [...(this.#options.types ?? [])].map(([name, entry]) => [prototypeOf(entry), name]),
    );
    const name = this.#names.get(Object.getPrototypeOf(value) as object);
    if (name === undefined) return this.#refuse(value);
    this.#reserve(depth, 3);
    return { $class: [name, this.#plain(value, depth + 2, true)] };
  }

  /**
   * The result of `write` is written separately: it shares nothing with the rest, so `read` can
   * have it before the rest exists.
   */
  #custom(name: string, value: object, depth: number): unknown {
    const entry = this.#options.types?.get(name) as ValueType;
    const label = formatPath(this.#options.label, this.#path);
    const written = (given: object): unknown => {
      const inner = new Encoding({ ...this.#options, label }, undefined);
      const json = inner.value(entry.write(given), depth + 2);
      if (inner.repeated !== undefined || inner.opaque.length > 0)
        this.#refuse(
          value,
          `what write() of the type "${name}" gives, with one object in two places,`,
        );
      return json;
    };
    this.#reserve(depth, 2);
    const json = written(value);
    const text = JSON.stringify(json);
    const low = decodeValue(JSON.parse(text), [], false, { label, types: this.#options.types });
    const again = readWritten(entry, name, low);
    if (typeof again === "string" || JSON.stringify(written(again)) !== text)
      this.#refuse(value, `a value that read() of the type "${name}" does not give back`);
    return { $custom: [name, json] };
  }

  #map(map: Map<unknown, unknown>, depth: number): unknown {
    this.#reserve(depth, map.size === 0 ? 2 : 3);
    if (hasOwnProperties(map)) this.#refuse(map, "a Map with properties of its own");
    const entries: unknown[] = [];
    for (const [key, value] of map) {
      const place = `entry ${entries.length}`;
      const low = this.#inside(`key of ${place}`, key, depth + 3);
      entries.push([low, this.#inside(place, value, depth + 3)]);
    }
    return { $map: entries };
  }

  #set(set: Set<unknown>, depth: number): unknown {
    this.#reserve(depth, 2);
    if (hasOwnProperties(set)) this.#refuse(set, "a Set with properties of its own");
    const items: unknown[] = [];
    for (const item of set) {
      items.push(this.#inside(`item ${items.length}`, item, depth + 2));
    }
    return { $set: items };
  }

  #leaf(value: unknown, depth: number, tag: LeafTag, brackets = 1): unknown {
    this.#reserve(depth, brackets);
    return typeof tag === "string" ? this.#refuse(value, tag) : tag;
  }

  #inside(words: string, value: unknown, depth: number): unknown {
    this.#path.push({ words });
    const low = this.value(value, depth);
    this.#path.pop();
    return low;
  }

  #opaqueValue(value: OpaqueValue): unknown {
    if (value.tag === undefined)
      this.#refuse(value, "an opaque value that is a whole attribute, inside a structure");
    return { $: this.opaque.push(value) - 1 };
  }

  #refuseAt(name: string, value: unknown, what: string): never {
    this.#path.push(name);
    return this.#refuse(value, what);
  }

  #refuse(value: unknown, what?: string): never {
    throw unsupported(formatPath(this.#options.label, this.#path), value, what);
  }

  /** Refuses to open more brackets than decode() will read. */
  #reserve(depth: number, brackets: number): void {
    const { label, maxDepth } = this.#options;
    if (depth + brackets > maxDepth) throw tooDeep(formatPath(label, this.#path), maxDepth);
  }
}

// What came before the first property that had to change was plain
function copyBefore(object: object, names: readonly string[], end: number): object {
  const copy = {};
  for (let i = 0; i < end; i++)
    put(copy, names[i] as string, (object as Record<string, unknown>)[names[i] as string]);
  return copy;
}
