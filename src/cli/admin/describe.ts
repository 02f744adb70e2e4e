import { isNewestSeal, isSealedFormat, isSealName, sealNameOf } from "../../identity/index.ts";
import { damageOf } from "./damage.ts";
import { BEGINNING } from "../../sessions/index.ts";
import type { OwnerStatus, Store, StoredRecord } from "../../store/index.ts";

/** What `show` prints about an attribute. The content only if the user asked for it. */
export interface AttributeView {
  readonly name: string;
  readonly version: number;
  /** The format byte: J (JSON), B (bytes), A (Arrow), P (pickle). */
  readonly format: string;
  readonly bytes: number;
  /** What is wrong with the bytes, if no program can read them. */
  readonly damaged?: string;
  /** The stored JSON, or other bytes in base64. */
  readonly content?: unknown;
}

export interface RecordView {
  readonly state: string;
  readonly epoch: number;
  readonly version: number;
  readonly schema: number;
  readonly expiresAt?: number;
  readonly bytes: number;
  readonly attributes: readonly AttributeView[];
  /** Deleted attributes whose marks are still stored. */
  readonly deleted: readonly string[];
}

export interface OwnerView {
  readonly owner: string;
  readonly status: OwnerStatus;
  readonly version: number;
  readonly expiresAt: number;
  /** When the session began, if that was noted (milliseconds since the Unix epoch). */
  readonly began?: number;
  readonly records: readonly RecordView[];
}

/** Describes what a store holds for an owner. @param only - the one state to read */
export async function describeOwner(
  store: Store,
  owner: string,
  { only, content }: { only: string | undefined; content: boolean },
): Promise<OwnerView> {
  const { owner: status, version, expiresAt, states } = await store.owner(owner);
  const records: RecordView[] = [];
  for (const state of states.toSorted()) {
    if (only !== undefined && state !== only) continue;
    const { record } = await store.read(owner, state);
    if (record !== undefined) records.push(describeRecord(state, record, content));
  }
  const began = states.includes(BEGINNING) ? await beganAt(store, owner) : undefined;
  return {
    owner,
    status,
    version,
    expiresAt,
    ...(began === undefined ? {} : { began }),
    records,
  };
}

async function beganAt(store: Store, owner: string): Promise<number | undefined> {
  const bytes = (await store.read(owner, BEGINNING)).record?.attributes.get("since")?.bytes;
  const since = bytes === undefined ? Number.NaN : Number(Buffer.from(bytes).toString().slice(1));
  return Number.isFinite(since) ? since : undefined;
}

function describeRecord(state: string, record: StoredRecord, content: boolean): RecordView {
  const attributes: AttributeView[] = [];
  const deleted: string[] = [];
  let total = 0;
  for (const [name, { version, bytes }] of record.attributes) {
    if (isSealName(name)) {
      total += bytes?.length ?? 0;
      continue;
    }
    if (bytes === undefined) {
      deleted.push(name);
      continue;
    }
    total += bytes.length;
    const format = String.fromCodePoint(bytes[0] ?? 63);
    const damaged = damageOf(bytes) ?? damageOfSeal(record, name, bytes);
    const view = {
      name,
      version,
      format,
      bytes: bytes.length + (record.attributes.get(sealNameOf(name))?.bytes?.length ?? 0),
      ...(damaged === undefined ? {} : { damaged }),
    };
    attributes.push(content ? { ...view, content: contentOf(format, bytes.subarray(1)) } : view);
  }
  const { epoch, version, schema, expiresAt } = record;
  return {
    state,
    epoch,
    version,
    schema,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    bytes: total,
    attributes,
    deleted,
  };
}

/**
 * Checks what can be checked without the app's secret: whether the number beside the value is the
 * seal's.
 */
function damageOfSeal(
  { attributes }: StoredRecord,
  name: string,
  bytes: Uint8Array,
): string | undefined {
  if (!isSealedFormat(bytes) || isNewestSeal(attributes, name)) return undefined;
  return "pickle whose seal is not the newest of this attribute";
}

/** Decodes the bytes as plain JSON and nothing else: a stored value is data, here too. */
function contentOf(format: string, payload: Uint8Array): unknown {
  const buffer = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (format === "J") {
    try {
      return JSON.parse(buffer.toString());
    } catch {
      // Damaged: shown as it is.
    }
  }
  return buffer.toString("base64");
}
