// The plans of stores without a server, shared by the memory and LMDB stores.
export { type CommitLog, COMMITS_KEPT, type PastCommit } from "./commit-log.ts";
export {
  type AttributeEntry,
  isLiving,
  MARKS_KEPT,
  type OwnerEntry,
  ownerStatus,
  type RecordEntry,
} from "./entries.ts";
export { MemoryShelf } from "./memory-shelf.ts";
export type { Changes, EntryReader } from "./owner-draft.ts";
export { planClear } from "./plan-clear.ts";
export { planSweepOwner, planSweepRecord } from "./plan-sweep.ts";
export { type Plan, planWrite } from "./plan-write.ts";
export { livingStates, ownerInfo, readResult } from "./read-entries.ts";
