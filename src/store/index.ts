// Where records live: the contract that every store meets. Each store is opened by its URL.
export { parseStoreUrl } from "./open-store.ts";
export { withStorePassword } from "./server/index.ts";
export type {
  ClearOptions,
  ClearResult,
  EndedOwner,
  OwnerInfo,
  OwnerStatus,
  ReadResult,
  RecordChange,
  RecordPoint,
  RecordWrite,
  SessionInfo,
  Store,
  StoredAttribute,
  StoredRecord,
  SweepOptions,
  SweepResult,
  WriteOptions,
  WriteOutcome,
  WriteResult,
} from "./store.ts";
export type { StoreUrl, WrongStoreUrl } from "./store-url.ts";
export { within } from "./within.ts";
