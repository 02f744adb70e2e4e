import { isLiving } from "./entries.ts";
import { type EntryReader, OwnerDraft } from "./owner-draft.ts";
import type { Plan } from "./plan-write.ts";
import type { ClearOptions, ClearResult } from "../store.ts";

/** Plans what a `clear` changes and answers. Pure: reads what is stored and changes nothing. */
export function planClear(
  reader: EntryReader,
  owner: string,
  options: ClearOptions,
  now: number,
): Plan<ClearResult> {
  const draft = new OwnerDraft(reader, owner, now);
  if (draft.pastCommit(options.commitId) !== undefined)
    return { result: { outcome: "cleared" }, changes: undefined };
  if (options.ifVersion !== undefined && options.ifVersion !== draft.version) {
    return { result: { outcome: "conflict" }, changes: undefined };
  }
  // An ended owner stays ended: its records are gone already.
  if (options.state !== undefined && draft.status === "ended") {
    return { result: { outcome: "cleared" }, changes: undefined };
  }
  draft.dropExpiredLife();
  if (options.state === undefined) {
    for (const record of draft.records()) draft.dropRecord(record.state);
  } else {
    endRecord(draft, options.state, options.until);
  }
  const ended = options.state === undefined;
  // If only a record ends, the owner keeps its expiry. An owner made only for the tombstone lives
  // as long as the tombstone.
  const expiresAt = ended || draft.status === "absent" ? options.until : draft.expiresAt;
  return {
    result: { outcome: "cleared" },
    changes: draft.commit({ commitId: options.commitId, outcomes: [], expiresAt, ended }),
  };
}

function endRecord(draft: OwnerDraft, state: string, until: number): void {
  const found = draft.record(state);
  const living = found !== undefined && isLiving(found, draft.now);
  // Even if no record lives, a new epoch ends: a write that left before the clear must not create
  // the record after it.
  const epoch = living ? found.epoch : draft.nextEpoch();
  draft.emptyRecord(state);
  draft.putRecord({
    state,
    epoch,
    endedEpoch: 0,
    ended: true,
    version: draft.nextVersion,
    schema: 0,
    expiresAt: found?.ended ? Math.max(until, found.expiresAt) : until,
    bytes: 0,
    marksFrom: 0,
    attributes: new Map(),
    indexedAt: found?.indexedAt ?? 0,
  });
}
