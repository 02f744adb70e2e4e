import { isBinaryTag } from "./binary.ts";
import {
  bigintOf,
  binaryOf,
  dateOf,
  headersOf,
  numberOf,
  regexpOf,
  searchParamsOf,
  urlOf,
} from "./leaves.ts";
import { malformed } from "./malformed.ts";
import type { OpaqueValue } from "./opaque.ts";
import type { Step } from "./path.ts";
import { DOLLAR, put } from "./tags.ts";
import { readWritten } from "./read-written.ts";
import { prototypeOf, type TypeEntry } from "./value-type.ts";

export interface DecodeOptions {
  readonly label: string | undefined;
  readonly types: ReadonlyMap<string, TypeEntry> | undefined;
}

type JsonObject = Record<string, unknown>;

/**
 * Turns parsed JSON with tags into the value it stands for. Works in the parsed tree itself: arrays
 * and objects without tags stay where they are. `opaque` are the values that `{"$":n}` stands for.
 *
 * If there are definitions, the objects they define are made first, all of them empty, and filled
 * in the walk that follows: so a reference may stand before its definition (JavaScript moves keys
 * like "2" to the front).
 */
export function decodeValue(
  json: unknown,
  opaque: readonly OpaqueValue[],
  defines: boolean,
  options: DecodeOptions,
): unknown {
  const raising = new Raising(opaque, options);
  if (defines) raising.define(json);
  return raising.value(json);
}

class Raising {
  readonly #opaque: (OpaqueValue | undefined)[];
  readonly #options: DecodeOptions;
  readonly #defined = new Map<unknown, object>();
  readonly #path: Step[] = [];

  constructor(opaque: readonly OpaqueValue[], options: DecodeOptions) {
    this.#opaque = [...opaque];
    this.#options = options;
  }

  /** Makes the object of every definition in `node`. */
  define(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    const tag = Array.isArray(node) ? undefined : this.#tagOf(node);
    // Holds no definitions, and is made at once.
    if (tag === "custom") return;
    if (tag === "def") {
      const [id, content] = this.#definition(node as JsonObject);
      if (this.#defined.has(id)) this.#refuse("each id may be defined once");
      this.#defined.set(id, this.#make(content));
    }
    for (const key of Object.keys(node)) {
      this.#path.push(Array.isArray(node) ? Number(key) : key);
      this.define((node as JsonObject)[key]);
      this.#path.pop();
    }
  }

  value(node: unknown): unknown {
    if (typeof node !== "object" || node === null) return node;
    const tag = Array.isArray(node) ? undefined : this.#tagOf(node);
    switch (tag) {
      case "undefined":
        return this.#payload(node, tag) === null
          ? undefined
          : this.#refuse("null expected under $undefined");
      case "number":
        return (
          numberOf(this.#payload(node, tag)) ??
          this.#refuse("the name of a number expected under $number")
        );
      case "bigint":
        return (
          bigintOf(this.#payload(node, tag)) ??
          this.#refuse("a whole number in decimal expected under $bigint")
        );
      case "ref":
        return (
          this.#defined.get(this.#payload(node, tag)) ??
          this.#refuse("a reference to an id that is defined expected")
        );
      case "def": {
        const [id, content] = this.#definition(node as JsonObject);
        const object = this.#defined.get(id) as object;
        this.#fill(content, object);
        return object;
      }
      case undefined:
      default: {
        const object = this.#make(node);
        this.#fill(node, object);
        return object;
      }
    }
  }

  /** The object of a node, still empty if it holds others. */
  #make(node: unknown): object {
    if (typeof node !== "object" || node === null)
      this.#refuse("an object expected in a definition");
    if (Array.isArray(node)) return node as object;
    const tag = this.#tagOf(node);
    if (tag === undefined) return hasEscapes(node) ? {} : node;
    const payload = this.#payload(node, tag);
    if (isBinaryTag(tag))
      return (
        binaryOf(tag, payload) ?? this.#refuse(`base64 of whole elements expected under $${tag}`)
      );
    switch (tag) {
      case "":
        return this.#takeOpaque(payload);
      case "date":
        return dateOf(payload) ?? this.#refuse("a time in UTC or null expected under $date");
      case "regexp":
        return (
          regexpOf(payload) ?? this.#refuse("[source, flags, lastIndex] expected under $regexp")
        );
      case "url":
        return urlOf(payload) ?? this.#refuse("an absolute URL expected under $url");
      case "searchparams":
        return (
          searchParamsOf(payload) ??
          this.#refuse("[name, value] pairs expected under $searchparams")
        );
      case "headers":
        return headersOf(payload) ?? this.#refuse("[name, value] pairs expected under $headers");
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "bare":
        return Object.create(null) as object;
      case "custom":
        return this.#read(payload);
      case "class":
        return Object.create(this.#prototypeFor(payload)) as object;
      default:
        return this.#refuse("an object expected in a definition");
    }
  }

  #fill(node: unknown, object: object): void {
    if (Array.isArray(node)) return this.#fillArray(node);
    const tag = this.#tagOf(node as JsonObject);
    if (tag === undefined) return this.#fillPlain(node as JsonObject, object);
    const payload = this.#payload(node as JsonObject, tag);
    if (tag === "map") this.#fillMap(payload, object as Map<unknown, unknown>);
    else if (tag === "set") this.#fillSet(payload, object as Set<unknown>);
    else if (tag === "bare") this.#fillPlain(this.#plain(payload, "$bare"), object);
    else if (tag === "class")
      this.#fillPlain(this.#plain((payload as unknown[])[1], "$class"), object);
  }

  #fillArray(array: unknown[]): void {
    for (let i = 0; i < array.length; i++) {
      const item = array[i];
      if (typeof item !== "object" || item === null) continue;
      this.#path.push(i);
      const value = this.value(item);
      this.#path.pop();
      if (value !== item) array[i] = value;
    }
  }

  #fillPlain(node: JsonObject, object: object): void {
    for (const key of Object.keys(node)) {
      const item = node[key];
      let value = item;
      if (typeof item === "object" && item !== null) {
        this.#path.push(key);
        value = this.value(item);
        this.#path.pop();
      }
      if (object !== node) put(object, key.charCodeAt(0) === DOLLAR ? key.slice(1) : key, value);
      else if (value !== item) put(node, key, value);
    }
  }

  #fillMap(payload: unknown, map: Map<unknown, unknown>): void {
    if (!Array.isArray(payload)) this.#refuse("a list of entries expected under $map");
    for (const [i, entry] of payload.entries()) {
      if (!Array.isArray(entry) || entry.length !== 2)
        this.#refuse("[key, value] expected for every entry of $map");
      const key = this.#inside(`key of entry ${i}`, entry[0]);
      if (map.has(key)) this.#refuse("keys of $map that differ expected");
      map.set(key, this.#inside(`entry ${i}`, entry[1]));
    }
  }

  #fillSet(payload: unknown, set: Set<unknown>): void {
    if (!Array.isArray(payload)) this.#refuse("a list of items expected under $set");
    for (const [i, node] of payload.entries()) {
      const item = this.#inside(`item ${i}`, node);
      if (set.has(item)) this.#refuse("items of $set that differ expected");
      set.add(item);
    }
  }

  #inside(words: string, node: unknown): unknown {
    this.#path.push({ words });
    const value = this.value(node);
    this.#path.pop();
    return value;
  }

  #prototypeFor(payload: unknown): object {
    const pair =
      Array.isArray(payload) && payload.length === 2 ? (payload as unknown[]) : undefined;
    const name = pair?.[0];
    if (typeof name !== "string") return this.#refuse("[name, properties] expected under $class");
    const type = this.#options.types?.get(name);
    if (type !== undefined) return prototypeOf(type);
    return this.#refuse(
      "an instance of a class that is not registered is stored here; add it to the types option of persist",
    );
  }

  #read(payload: unknown): object {
    const isPair = Array.isArray(payload) && payload.length === 2;
    const [name, written] = isPair ? (payload as unknown[]) : [];
    if (typeof name !== "string") return this.#refuse("[name, value] expected under $custom");
    const made = readWritten(this.#options.types?.get(name), name, this.value(written));
    return typeof made === "string" ? this.#refuse(made) : made;
  }

  // Properties under $bare and $class follow the rules of any object, but cannot be a tag
  // themselves
  #plain(node: unknown, where: string): JsonObject {
    if (
      typeof node !== "object" ||
      node === null ||
      Array.isArray(node) ||
      this.#tagOf(node) !== undefined
    ) {
      return this.#refuse(`an object of properties expected under ${where}`);
    }
    return node as JsonObject;
  }

  #definition(node: JsonObject): [unknown, unknown] {
    const payload = this.#payload(node, "def");
    if (
      !Array.isArray(payload) ||
      payload.length !== 2 ||
      !Number.isSafeInteger(payload[0]) ||
      payload[0] < 0
    ) {
      return this.#refuse("[id, object] expected under $def");
    }
    return payload as [unknown, unknown];
  }

  #takeOpaque(index: unknown): OpaqueValue {
    const value = this.#opaque[index as number];
    if (value === undefined) return this.#refuse("the name of a tag expected after $");
    this.#opaque[index as number] = undefined;
    return value;
  }

  /** The name of a tag, or undefined for an object of the user's. */
  #tagOf(node: object): string | undefined {
    const keys = Object.keys(node);
    for (const key of keys) {
      if (key.charCodeAt(0) !== DOLLAR || key.charCodeAt(1) === DOLLAR) continue;
      if (keys.length > 1) this.#refuse("a tag expected to be the only key of its object");
      return key.slice(1);
    }
    return undefined;
  }

  #payload(node: object, tag: string): unknown {
    return (node as JsonObject)[`$${tag}`];
  }

  #refuse(expected: string): never {
    throw malformed(this.#options.label, this.#path, expected);
  }
}

function hasEscapes(node: object): boolean {
  return Object.keys(node).some((key) => key.charCodeAt(0) === DOLLAR);
}
