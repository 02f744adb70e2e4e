// What is known of stored records: reading, writing, moving and ending them. It knows no scope and no object of the app's.
export { attributeReset } from "./attribute-reset.ts";
export { BEGINNING, Beginnings, type Login } from "./beginnings.ts";
export { endSession, type Engine, report, sessionEnded } from "./engine.ts";
export { type EndReason, Events, type SessionEventName, type SessionEvents } from "./events.ts";
export { joinSession } from "./join.ts";
export {
  cookieLife,
  expiresAfter,
  isCookieYoung,
  isRenewalDue,
  recordExpiry,
  renew,
  tombstoneEnd,
} from "./lifetime.ts";
export {
  endInTime,
  expireIfOver,
  isDead,
  isOver,
  noteBeginning,
  statusOf,
} from "./max-lifetime.ts";
export { isOtherUser, loginOf, successorOf, userMark, userText } from "./login.ts";
export { moveSession } from "./move.ts";
export {
  browserOwner,
  type Identity,
  ofSession,
  type Owner,
  tabOwner,
  userOwner,
} from "./owners.ts";
export { readiness } from "./readiness.ts";
export { endRecords, isTabsRecord, noteTab } from "./tabs.ts";
export { type StoredChanges, tellCommit } from "./write.ts";
export { WrittenDefaults } from "./written-defaults.ts";
