// Joins identity, state and store: sessions, scopes, commits, updates.
export { currentSession, restore, scopes } from "./ambient.ts";
export { clear, peek, update, watch } from "./ambient-calls.ts";
export type { WatchListener, WatchOptions } from "./live/index.ts";
export { flash } from "./flash.ts";
export type { CheckedStore, GivenOptions, SessionsOptions } from "./options.ts";
export {
  attributeReset,
  BEGINNING,
  followEnd,
  type Identity,
  isTabsRecord,
  readiness,
  type SessionEventName,
  type SessionEvents,
} from "./records/index.ts";
export {
  type AnswerHold,
  isForeignSocket,
  type NodeResponseTarget,
  type RequestOptions,
  RequestScope,
  RequestSession,
  type ResponseTarget,
} from "./request/index.ts";
export { Scope } from "./scope.ts";
export { bindSession, boundSession, isBound, sessionOf, unbindSession } from "./session-of.ts";
export type { Session } from "./session.ts";
export type { DeepReadonly, StateClass } from "../state/index.ts";
export { createSessions, Sessions } from "./sessions.ts";
