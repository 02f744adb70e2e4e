// Values to bytes and back: docs/codec.md is the specification.
export { isWritten, type TypeEntry, type ValueClass, type ValueType } from "./value-type.ts";
export { decode, encode } from "./codec.ts";
export { OpaqueValue } from "./opaque.ts";
