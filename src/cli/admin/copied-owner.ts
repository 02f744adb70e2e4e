import { createHash } from "node:crypto";
import { PersistError } from "../../errors.ts";
import type { OwnerStatus, Store, StoredRecord } from "../../store/index.ts";

/** Everything that a store holds of an owner at one moment. */
export interface OwnerImage {
  readonly status: OwnerStatus;
  readonly expiresAt: number;
  /** The living records by state. */
  readonly records: ReadonlyMap<string, StoredRecord>;
}

/**
 * How often another writer may come in between before the read gives up. Each attempt takes a few
 * milliseconds.
 */
const ROUNDS = 50;

/** Reads an owner. If it is written meanwhile, reads it again. */
export async function imageOf(store: Store, owner: string): Promise<OwnerImage> {
  for (let round = 0; round < ROUNDS; round++) {
    const before = await store.owner(owner);
    const records = new Map<string, StoredRecord>();
    await Promise.all(
      before.states.map(async (state) => {
        const { record } = await store.read(owner, state);
        if (record !== undefined) records.set(state, record);
      }),
    );
    const after = before.states.length === 0 ? before : await store.owner(owner);
    if (before.version === after.version)
      return { status: after.owner, expiresAt: after.expiresAt, records };
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "It is being written to all the time, so that it could not be read in one piece. Run the copy again.",
  );
}

/**
 * The checksum of a record: of its schema and its attributes, but not of its versions, which each
 * store counts by itself.
 */
export function recordDigest(state: string, { schema, attributes }: StoredRecord): Buffer {
  const hash = createHash("sha256");
  const add = (bytes: string | Uint8Array): void => {
    hash.update(`${Buffer.byteLength(bytes)}:`).update(bytes);
  };
  add(state);
  add(String(schema));
  for (const name of [...attributes.keys()].toSorted()) {
    const bytes = attributes.get(name)?.bytes;
    if (bytes === undefined) continue;
    add(name);
    add(bytes);
  }
  return hash.digest();
}

/** The checksum of an owner with the records of these states. */
export function ownerDigest(
  owner: string,
  { records }: OwnerImage,
  states: Iterable<string>,
): Buffer {
  const hash = createHash("sha256").update(owner);
  for (const state of [...states].toSorted()) {
    const record = records.get(state);
    if (record !== undefined) hash.update(recordDigest(state, record));
  }
  return hash.digest();
}

/** Adds up the checksums of many owners, in any order. */
export class Checksum {
  readonly #sum = Buffer.alloc(32);

  add(digest: Buffer): void {
    for (let at = 0; at < 32; at++) this.#sum[at] = (this.#sum[at] ?? 0) ^ (digest[at] ?? 0);
  }

  get hex(): string {
    return this.#sum.toString("hex");
  }
}

export function bytesOf({ records }: OwnerImage): number {
  let bytes = 0;
  for (const { attributes } of records.values())
    for (const { bytes: value } of attributes.values()) bytes += value?.length ?? 0;
  return bytes;
}
