export { type ErrorCode, isPersistError, PersistError } from "./errors.ts";
export type { CookieOptions, Duration } from "./identity/index.ts";
export {
  createSessions,
  currentSession,
  type Identity,
  restore,
  type Session,
  type SessionEventName,
  type SessionEvents,
  sessionOf,
  type Sessions,
  type SessionsOptions,
  type WatchListener,
  type WatchOptions,
} from "./sessions/index.ts";
export {
  type Attributes,
  type Owner,
  persist,
  type PersistOptions,
  type StateClass,
} from "./state/index.ts";
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
} from "./store/index.ts";
