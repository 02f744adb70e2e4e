import { endedEpoch, isLiving, type OwnerEntry, ownerStatus, type RecordEntry } from "./entries.ts";
import type {
  OwnerInfo,
  ReadResult,
  RecordPoint,
  StoredAttribute,
  StoredRecord,
} from "../store.ts";

/** Gives the stored bytes of one attribute, as a copy of the caller's own. */
type LoadAttribute = (attribute: string, size: number) => Uint8Array;

/**
 * Makes the answer of `read` from stored entries. Calls `load` only for attributes that the reader
 * has not seen.
 */
export function readResult(
  owner: Pick<OwnerEntry, "expiresAt" | "ended"> | undefined,
  record: RecordEntry | undefined,
  since: RecordPoint | undefined,
  now: number,
  load: LoadAttribute,
): ReadResult {
  const status = ownerStatus(owner, now);
  const expiresAt = status === "absent" ? 0 : (owner?.expiresAt ?? 0);
  if (record === undefined || status !== "living" || !isLiving(record, now)) {
    return { owner: status, expiresAt, epoch: endedEpoch(record, now), record: undefined };
  }
  return {
    owner: status,
    expiresAt,
    epoch: record.epoch,
    record: storedRecord(record, since, load),
  };
}

const NO_ATTRIBUTES: ReadonlyMap<string, StoredAttribute> = new Map();

function storedRecord(
  record: RecordEntry,
  since: RecordPoint | undefined,
  load: LoadAttribute,
): StoredRecord {
  // A reader is ahead of the store only if a power cut took the newest commits. Then it must see
  // all that is left.
  const known =
    since?.epoch === record.epoch &&
    since.version >= record.marksFrom &&
    since.version <= record.version
      ? since.version
      : undefined;
  const { epoch, version, schema, expiresAt } = record;
  const whole = known === undefined;
  let attributes = NO_ATTRIBUTES;
  if (known !== version) attributes = attributesSince(record, known, load);
  // The usual case, without a copy.
  if (expiresAt === 0) return { epoch, version, schema, whole, attributes };
  return { epoch, version, schema, expiresAt, whole, attributes };
}

function attributesSince(
  record: RecordEntry,
  known: number | undefined,
  load: LoadAttribute,
): ReadonlyMap<string, StoredAttribute> {
  const attributes = new Map<string, StoredAttribute>();
  for (const [name, { version, size }] of record.attributes) {
    if (known !== undefined && version <= known) continue;
    attributes.set(name, { version, bytes: size === undefined ? undefined : load(name, size) });
  }
  return attributes;
}

/** Makes the answer of `owner` from stored entries. */
export function ownerInfo(
  owner: OwnerEntry | undefined,
  records: Iterable<RecordEntry>,
  now: number,
): OwnerInfo {
  const status = ownerStatus(owner, now);
  if (owner === undefined || status === "absent")
    return { owner: "absent", version: 0, expiresAt: 0, states: [] };
  const states = status === "ended" ? [] : livingStates(records, now);
  return { owner: status, version: owner.version, expiresAt: owner.expiresAt, states };
}

export function livingStates(records: Iterable<RecordEntry>, now: number): string[] {
  const states: string[] = [];
  for (const record of records) if (isLiving(record, now)) states.push(record.state);
  return states;
}
