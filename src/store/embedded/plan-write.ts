import { sessionTooLarge } from "../refusals.ts";
import {
  type AttributeEntry,
  endedEpoch,
  isLiving,
  MARKS_KEPT,
  type RecordEntry,
} from "./entries.ts";
import { type Changes, type EntryReader, OwnerDraft } from "./owner-draft.ts";
import type { RecordWrite, WriteOptions, WriteOutcome, WriteResult } from "../store.ts";

export interface Plan<Result> {
  readonly result: Result;
  /** `undefined`: nothing to store. */
  readonly changes: Changes | undefined;
}

/** Plans what a `write` changes and answers. Pure: reads what is stored and changes nothing. */
export function planWrite(
  reader: EntryReader,
  owner: string,
  writes: readonly RecordWrite[],
  options: WriteOptions,
  now: number,
): Plan<WriteResult> {
  const draft = new OwnerDraft(reader, owner, now);
  const past = draft.pastCommit(options.commitId);
  if (past !== undefined) return unchanged({ owner: "living", outcomes: past.outcomes });
  if (draft.status === "ended") {
    return unchanged({ owner: "ended", outcomes: writes.map(() => ({ outcome: "ended" })) });
  }
  draft.dropExpiredLife();
  const outcomes = writes.map((write) => applyWrite(draft, write));
  const result: WriteResult = { owner: "living", outcomes };
  // A refused write is refused again when it is repeated, since versions and epochs only grow. So
  // it need not be remembered.
  if (!outcomes.some(({ outcome }) => outcome === "written")) return unchanged(result);
  if (options.maxBytes !== undefined) checkSize(draft, options.maxBytes);
  return {
    result,
    changes: draft.commit({ commitId: options.commitId, outcomes, expiresAt: options.expiresAt }),
  };
}

function unchanged<Result>(result: Result): Plan<Result> {
  return { result, changes: undefined };
}

function applyWrite(draft: OwnerDraft, write: RecordWrite): WriteOutcome {
  const found = draft.record(write.state);
  const last = endedEpoch(found, draft.now);
  if (found === undefined || !isLiving(found, draft.now)) {
    if (write.base !== "absent" || write.epoch < last) return { outcome: "ended" };
    return create(draft, write, last, found);
  }
  if (write.base === "absent") return { outcome: write.epoch < last ? "ended" : "conflict" };
  if (write.epoch !== found.epoch) return { outcome: "ended" };
  if (write.base !== undefined && write.base !== found.version) return { outcome: "conflict" };
  return merge(draft, write, found);
}

function create(
  draft: OwnerDraft,
  write: RecordWrite,
  last: number,
  old: RecordEntry | undefined,
): WriteOutcome {
  if (old !== undefined) draft.dropRecord(write.state);
  return merge(draft, write, {
    state: write.state,
    epoch: draft.nextEpoch(),
    endedEpoch: last,
    ended: false,
    version: 0,
    schema: 0,
    expiresAt: 0,
    bytes: 0,
    marksFrom: 0,
    attributes: new Map(),
    indexedAt: old?.indexedAt ?? 0,
  });
}

function merge(draft: OwnerDraft, write: RecordWrite, record: RecordEntry): WriteOutcome {
  const version = draft.nextVersion;
  const attributes = new Map<string, AttributeEntry>(record.attributes);
  for (const name of write.remove ?? []) {
    // A name that was never stored gets a mark too: a class may declare a default for it.
    if (attributes.has(name) && attributes.get(name)?.size === undefined) continue;
    attributes.set(name, { version, size: undefined });
    draft.putValue(write.state, name, undefined);
  }
  const set = write.bind?.({ epoch: record.epoch, version }) ?? write.set;
  for (const [name, bytes] of set) {
    attributes.set(name, { version, size: bytes.length });
    draft.putValue(write.state, name, bytes);
  }
  // Copied by name: an entry may compute some of its fields only when asked.
  draft.putRecord({
    state: record.state,
    epoch: record.epoch,
    endedEpoch: record.endedEpoch,
    ended: record.ended,
    version,
    schema: write.schema ?? record.schema,
    expiresAt: write.expiresAt ?? record.expiresAt,
    bytes: sizeOf(attributes),
    marksFrom: Math.max(record.marksFrom, dropOldMarks(attributes)),
    attributes,
    indexedAt: record.indexedAt,
  });
  return { outcome: "written", epoch: record.epoch, version, previous: record.version };
}

function sizeOf(attributes: ReadonlyMap<string, AttributeEntry>): number {
  let bytes = 0;
  for (const { size } of attributes.values()) bytes += size ?? 0;
  return bytes;
}

/**
 * Drops the oldest marks beyond those kept. @returns the version of the newest dropped mark, or 0
 */
function dropOldMarks(attributes: Map<string, AttributeEntry>): number {
  if (attributes.size <= MARKS_KEPT) return 0;
  const marks = [...attributes].filter(([, { size }]) => size === undefined);
  if (marks.length <= MARKS_KEPT) return 0;
  marks.sort(([, a], [, b]) => a.version - b.version);
  let dropped = 0;
  for (const [name, { version }] of marks.slice(0, marks.length - MARKS_KEPT)) {
    attributes.delete(name);
    dropped = version;
  }
  return dropped;
}

function checkSize(draft: OwnerDraft, maxBytes: number): void {
  if (draft.bytes <= maxBytes) return;
  // Records that have expired may still wait for the sweep. They must not count.
  for (const record of draft.records()) {
    if (!isLiving(record, draft.now) && record.bytes > 0) draft.dropRecord(record.state);
  }
  if (draft.bytes <= maxBytes) return;
  throw sessionTooLarge(draft.bytes, maxBytes);
}
