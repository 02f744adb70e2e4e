import { types } from "node:util";
import { PersistError } from "../../errors.ts";
import { brandOf } from "./builtin.ts";

/** The error for a value that cannot be stored: where it is, what it is, what to do. */
export function unsupported(path: string, value: unknown, what?: string): PersistError {
  const { kind, remedy } =
    what === undefined ? describe(value) : { kind: what, remedy: PLAIN_DATA };
  return new PersistError("ERR_VALUE_UNSUPPORTED", `${path}: ${kind} cannot be stored. ${remedy}`);
}

/** The error for nesting that decode() would refuse. */
export function tooDeep(path: string, maxDepth: number): PersistError {
  return new PersistError(
    "ERR_VALUE_UNSUPPORTED",
    `${path}: nested deeper than ${maxDepth} levels of JSON. ` +
      "Store it flat, for example as a list of nodes that name their parents.",
  );
}

/** The error for a state that stands inside its own attribute. */
export function selfReference(path: string): PersistError {
  return new PersistError(
    "ERR_SELF_REFERENCE",
    `${path}: refers to the state object itself, which cannot stand inside its own attribute. ` +
      "Keep a method or a getter for it, or name the attribute in the transient option of persist.",
  );
}

const PLAIN_DATA =
  "Store plain data instead, or name the attribute in the transient option of persist.";
const PRIMITIVE = "Store the primitive value that it wraps.";

function describe(value: unknown): { kind: string; remedy: string } {
  if (typeof value === "function") {
    return {
      kind: "a function",
      remedy:
        "Make it a method of the class, or name the attribute in the transient option of persist.",
    };
  }
  if (typeof value === "symbol") return { kind: "a symbol", remedy: "Store a string instead." };
  if (types.isPromise(value))
    return { kind: "a Promise", remedy: "Await it and store the result." };
  if (types.isWeakMap(value))
    return {
      kind: "a WeakMap",
      remedy: "Use a Map, or name the attribute in the transient option of persist.",
    };
  if (types.isWeakSet(value))
    return {
      kind: "a WeakSet",
      remedy: "Use a Set, or name the attribute in the transient option of persist.",
    };
  if (types.isBoxedPrimitive(value)) return { kind: "a boxed primitive", remedy: PRIMITIVE };
  if (types.isNativeError(value))
    return { kind: "an Error", remedy: "Store its name and message as a plain object." };
  if (types.isSharedArrayBuffer(value))
    return { kind: "a SharedArrayBuffer", remedy: "Store a copy of its bytes as a Uint8Array." };
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    return {
      kind: "a subclass of a binary type, or one on shared, resizable or detached memory,",
      remedy: "Store a copy as a Uint8Array.",
    };
  }
  const name = classNameOf(value);
  if (Array.isArray(value))
    return { kind: `a subclass of Array${name}`, remedy: "Store a plain array: Array.from(it)." };
  if (types.isMap(value) || types.isSet(value) || types.isDate(value) || types.isRegExp(value)) {
    return {
      kind: `a subclass of a built-in${name}`,
      remedy: "Store the built-in itself, or a plain object.",
    };
  }
  if (brandOf(value as object) === "strange") {
    return {
      kind: `an instance of a class that is not registered${name}`,
      remedy:
        "The class is of the runtime or derives from one that is, so types cannot help: store what it was made from, as plain data.",
    };
  }
  return {
    kind: `an instance of a class that is not registered${name}`,
    remedy: "Add the class to the types option of persist, or store a plain object.",
  };
}

// Read from descriptors, so that describing runs none of the app's code
function classNameOf(value: unknown): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const constructor: unknown =
    prototype === null
      ? undefined
      : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function") return "";
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
  return typeof name === "string" && name !== "" ? ` (${name})` : "";
}
