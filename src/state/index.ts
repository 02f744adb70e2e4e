// Persisted classes, how their changes are found, and the objects that an app works with.
export {
  decodeAttribute,
  encodeAttribute,
  equalBytes,
  isWithoutDefault,
} from "./attribute-bytes.ts";
export { freshInstance } from "./attributes.ts";
export { type Changes, isEmpty } from "./changes.ts";
export { decode } from "./codec/index.ts";
export type { DeepReadonly, ReadonlyDate } from "./deep-readonly.ts";
export { DEFAULT_MARK } from "./default-mark.ts";
export { LiveState, type StateHolder } from "./live-state.ts";
export { peekInstance } from "./peek.ts";
export { persist, type PersistOptions } from "./persist.ts";
export { RecordCache } from "./record-cache.ts";
export {
  type Attributes,
  type Owner,
  type Registration,
  registrationOf,
  type StateClass,
} from "./registry.ts";
export {
  fitSnapshot,
  type InputOf,
  misfitError,
  refuseUnstable,
  type OutputOf,
  type StandardSchema,
} from "./schema/index.ts";
export { advance, type Snapshot, written } from "./snapshot.ts";
export { state, type StateOptions } from "./state.ts";
