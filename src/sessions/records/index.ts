// What is known of stored records: reading, writing, moving and ending them. It knows no scope and
// no object of the app's.
export { isSealed as isUnopened } from "../../sealing/index.ts";
export { BEGINNING, Beginnings, type Login } from "./beginnings.ts";
export { attributeReset, endRecord, endRecords, mayHaveRecords } from "./clear.ts";
export { copyTabRecord } from "./copy-tab.ts";
export { endSession, type Engine, report, sessionEnded } from "./engine.ts";
export { type EndReason, Events, type SessionEventName, type SessionEvents } from "./events.ts";
export { followEnd } from "./follow-end.ts";
export { joinSession } from "./join.ts";
export {
  cookieLife,
  expiresAfter,
  isCookieYoung,
  isRenewalDue,
  recordExpiry,
  renew,
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
export { load, loadNow, type Loaded, readFor } from "./read.ts";
export { readiness } from "./readiness.ts";
export { isTabsRecord } from "./own-records.ts";
export { noteTab } from "./tabs.ts";
export {
  extend,
  mergeBase,
  mergeInRounds,
  recordWrite,
  rewriteRecord,
  untilStored,
  writeStates,
} from "./write.ts";
export { WrittenDefaults } from "./written-defaults.ts";
