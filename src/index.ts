export { type ErrorCode, isPersistError, PersistError } from "./errors.ts";
export type { Duration } from "./session/duration.ts";
export type { CookieOptions } from "./session/cookie-options.ts";
export { createSessions, type Sessions } from "./sessions.ts";
export { currentSession, restore } from "./sessions/ambient.ts";
export type { SessionEventName, SessionEvents } from "./sessions/events.ts";
export type { Identity } from "./sessions/identity.ts";
export type { SessionsOptions } from "./sessions/options.ts";
export type { Session } from "./sessions/session.ts";
export type { WatchListener, WatchOptions } from "./sessions/watch.ts";
export { sessionOf } from "./sessions/session-of.ts";
export { persist, type PersistOptions } from "./state/persist.ts";
export type { Attributes, Owner, StateClass } from "./state/registry.ts";
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
} from "./store/store.ts";
