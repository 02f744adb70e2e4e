import { types } from "node:util";
import { viewConstructor } from "./binary.ts";

/**
 * What an object is, as far as the codec cares. Brands are checked by what the engine knows
 * (internal slots), not by the prototype alone, and hold for objects of another realm (a vm
 * context, a test runner's sandbox) as well. `strange` is a built-in that cannot be stored, or a
 * subclass of a built-in.
 */
export type Brand =
  | "plain"
  | "bare"
  | "date"
  | "map"
  | "set"
  | "regexp"
  | "url"
  | "searchparams"
  | "headers"
  | "binary"
  | "strange"
  | "instance";

/** The brand of an object that is neither an array nor has this realm's Object.prototype. */
export function brandOf(value: object): Brand {
  if (types.isDate(value)) return isExactly(value, Date) ? "date" : "strange";
  if (types.isMap(value)) return isExactly(value, Map) ? "map" : "strange";
  if (types.isSet(value)) return isExactly(value, Set) ? "set" : "strange";
  if (types.isRegExp(value)) return isExactly(value, RegExp) ? "regexp" : "strange";
  if (ArrayBuffer.isView(value)) return isPlainView(value) ? "binary" : "strange";
  if (types.isAnyArrayBuffer(value)) return isPlainBuffer(value) ? "binary" : "strange";
  if (isOtherBuiltin(value)) return "strange";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return "bare";
  if (isExactly(value, Object)) return "plain";
  if (prototype === URL.prototype && isUrl(value)) return "url";
  if (prototype === URLSearchParams.prototype && pairsOf(value) !== undefined)
    return "searchparams";
  if (prototype === Headers.prototype && pairsOf(value) !== undefined) return "headers";
  return holdsHidden(prototype as object) ? "strange" : "instance";
}

/** The names and values of URLSearchParams or Headers; undefined for what only looks like them. */
export function pairsOf(value: object): [string, string][] | undefined {
  const { prototype } = value instanceof URLSearchParams ? URLSearchParams : Headers;
  try {
    return [...(prototype.entries as (this: object) => Iterable<[string, string]>).call(value)];
  } catch {
    return undefined;
  }
}

const hidden = new WeakMap<object, boolean>();

// The runtime's own classes (Blob, Request, Intl, …) and all that derive from them keep what they
// are in no property. Stored as an instance of a class, also of one that the app registered, they
// would come back empty.
function holdsHidden(prototype: object): boolean {
  let found = hidden.get(prototype);
  if (found === undefined) hidden.set(prototype, (found = comesFromRuntime(prototype)));
  return found;
}

function comesFromRuntime(prototype: object): boolean {
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const maker: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof maker === "function" && isOfRuntime(maker)) return true;
  }
  return false;
}

function isOfRuntime(maker: { readonly name: string }): boolean {
  if (maker === Object) return false;
  for (const place of [globalThis, Intl]) {
    const property = Object.getOwnPropertyDescriptor(place, maker.name);
    if (property === undefined || maker.name === "") continue;
    // What an app puts there itself is enumerable, and no class of the runtime.
    const own: unknown = "value" in property ? property.value : Reflect.get(place, maker.name);
    if (own === maker && property.enumerable !== true) return true;
  }
  return false;
}

/**
 * Whether an array has Array.prototype itself (of any realm) as its prototype, and not that of a
 * subclass.
 */
export function isPlainArray(value: readonly unknown[]): boolean {
  return Object.getPrototypeOf(value) === Array.prototype || isExactly(value, Array);
}

/** The kind of a view or buffer: `Int16Array`, `DataView`, `ArrayBuffer`. */
export function binaryName(value: object): string {
  return (value as { readonly [Symbol.toStringTag]: string })[Symbol.toStringTag];
}

// Only a true URL has the private fields that its getters read
function isUrl(value: object): boolean {
  try {
    return (value as URL).href !== "";
  } catch {
    return false;
  }
}

// A prototype of another realm has a constructor of the same name and is as far from null; a
// subclass is one further.
function isExactly(
  value: object,
  constructor: { readonly name: string; readonly prototype: unknown },
): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === constructor.prototype) return true;
  if (prototype === null) return false;
  const theirs: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return (
    typeof theirs === "function" &&
    theirs.name === constructor.name &&
    distanceFromNull(prototype) === distanceFromNull(constructor.prototype as object)
  );
}

function distanceFromNull(prototype: object): number {
  let distance = 0;
  for (
    let at: object | null = prototype;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  )
    distance++;
  return distance;
}

function isPlainView(view: ArrayBufferView): boolean {
  const constructor = viewConstructor(binaryName(view));
  return (
    constructor !== undefined &&
    isPlainBuffer(view.buffer) &&
    (isExactly(view, constructor) || Object.getPrototypeOf(view) === Buffer.prototype)
  );
}

// Shared memory cannot stay shared, and a resizable buffer would come back as one of fixed size
function isPlainBuffer(buffer: ArrayBufferLike): boolean {
  return (
    types.isArrayBuffer(buffer) &&
    (buffer as { resizable?: boolean }).resizable !== true &&
    !isDetached(buffer)
  );
}

function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).byteLength > 0;
  } catch {
    return true;
  }
}

function isOtherBuiltin(value: object): boolean {
  return (
    types.isNativeError(value) ||
    types.isPromise(value) ||
    types.isBoxedPrimitive(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isModuleNamespaceObject(value) ||
    types.isExternal(value) ||
    types.isArgumentsObject(value)
  );
}
