import type { AttributeEntry, OwnerEntry, RecordEntry } from "../embedded/index.ts";
import { corruptEntry, PackedReader, PackedWriter } from "./packed.ts";
import { PackedCommits } from "./packed-commits.ts";

/** The first number of each entry. A later layout gets another one. */
const OWNER = 1;
const RECORD = 2;

/** The result of this and the other encoders is valid until the next of them is called. */
export function encodeOwner(entry: OwnerEntry, indexedAt = entry.indexedAt): Buffer {
  const out = new PackedWriter();
  out.number(OWNER).text(entry.owner).number(entry.born).number(entry.version);
  out.number(wholeTime(entry.expiresAt)).number(entry.ended ? 1 : 0);
  out
    .number(entry.bytes)
    .number(indexedAt)
    .raw((entry.commits as PackedCommits).bytes);
  return out.finish();
}

export function decodeOwner(bytes: Uint8Array, size: number): OwnerEntry {
  const input = new PackedReader(bytes, size);
  if (input.number() !== OWNER) throw corruptEntry();
  return {
    owner: input.text(),
    born: input.number(),
    version: input.number(),
    expiresAt: input.number(),
    ended: input.number() === 1,
    bytes: input.number(),
    indexedAt: input.number(),
    commits: PackedCommits.readFrom(input),
  };
}

/**
 * The part of an owner's entry that a reader needs, which also tells whether anything has changed.
 */
export type OwnerHead = Pick<OwnerEntry, "born" | "version" | "expiresAt" | "ended">;

export function decodeOwnerHead(bytes: Uint8Array, size: number): OwnerHead {
  const input = new PackedReader(bytes, size);
  if (input.number() !== OWNER) throw corruptEntry();
  input.skipText();
  return {
    born: input.number(),
    version: input.number(),
    expiresAt: input.number(),
    ended: input.number() === 1,
  };
}

export function encodeRecord(entry: RecordEntry, indexedAt = entry.indexedAt): Buffer {
  const out = new PackedWriter();
  out
    .number(RECORD)
    .text(entry.state)
    .number(entry.epoch)
    .number(entry.endedEpoch)
    .number(entry.ended ? 1 : 0);
  out.number(entry.version).number(entry.schema).number(wholeTime(entry.expiresAt));
  out.number(entry.bytes).number(entry.marksFrom).number(indexedAt).number(entry.attributes.size);
  for (const [name, { version, size }] of entry.attributes) {
    // Relative to the record's version, to keep the numbers small.
    out
      .text(name)
      .number(entry.version - version)
      .number(size === undefined ? 0 : size + 1);
  }
  return out.finish();
}

/**
 * Decodes the attributes only when they are asked for: most reads only want to know whether
 * anything has changed.
 */
class PackedRecord implements RecordEntry {
  readonly state: string;
  readonly epoch: number;
  readonly endedEpoch: number;
  readonly ended: boolean;
  readonly version: number;
  readonly schema: number;
  readonly expiresAt: number;
  readonly bytes: number;
  readonly marksFrom: number;
  readonly indexedAt: number;
  #packed: Uint8Array | undefined;
  #attributes: ReadonlyMap<string, AttributeEntry> | undefined;

  constructor(input: PackedReader) {
    this.state = input.text();
    this.epoch = input.number();
    this.endedEpoch = input.number();
    this.ended = input.number() === 1;
    this.version = input.number();
    this.schema = input.number();
    this.expiresAt = input.number();
    this.bytes = input.number();
    this.marksFrom = input.number();
    this.indexedAt = input.number();
    this.#packed = input.rest();
  }

  get attributes(): ReadonlyMap<string, AttributeEntry> {
    if (this.#attributes === undefined) {
      this.#attributes = decodeAttributes(this.#packed as Uint8Array, this.version);
      this.#packed = undefined;
    }
    return this.#attributes;
  }
}

export function decodeRecord(bytes: Uint8Array, size: number): RecordEntry {
  const input = new PackedReader(bytes, size);
  if (input.number() !== RECORD) throw corruptEntry();
  return new PackedRecord(input);
}

function decodeAttributes(
  bytes: Uint8Array,
  recordVersion: number,
): ReadonlyMap<string, AttributeEntry> {
  const input = new PackedReader(bytes, bytes.length);
  const attributes = new Map<string, AttributeEntry>();
  for (let count = input.number(); count > 0; count--) {
    const name = input.text();
    const version = recordVersion - input.number();
    const stored = input.number();
    attributes.set(name, { version, size: stored === 0 ? undefined : stored - 1 });
  }
  input.finish();
  return attributes;
}

/** What an entry of the expiry index refers to. */
export interface IndexedPlace {
  readonly owner: string;
  readonly state: string | undefined;
}

export function encodePlace({ owner, state }: IndexedPlace): Buffer {
  const out = new PackedWriter().text(owner);
  return (state === undefined ? out : out.text(state)).finish();
}

export function decodePlace(bytes: Uint8Array): IndexedPlace {
  const input = new PackedReader(bytes, bytes.length);
  const owner = input.text();
  return { owner, state: input.ended ? undefined : input.text() };
}

export function encodeNumber(value: number): Buffer {
  return new PackedWriter().number(value).finish();
}

export function decodeNumber(bytes: Uint8Array, size: number): number {
  return new PackedReader(bytes, size).number();
}

/** Times may come as fractions, or as Infinity for "never". */
export function wholeTime(time: number): number {
  return Math.max(0, Math.min(Math.ceil(time), Number.MAX_SAFE_INTEGER));
}
