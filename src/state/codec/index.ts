// Values to bytes and back: docs/codec.md is the specification.
export { decode, encode } from "./codec.ts";
export { OpaqueValue } from "./opaque.ts";
