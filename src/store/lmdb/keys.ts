import { createHash } from "node:crypto";

/**
 * The keys of the database. All entries of one owner lie side by side, so a small session is one
 * page:
 *
 * ```
 * 1                          the highest epoch given out
 * 2 owner                    the owner's entry
 * 2 owner 1 state            a record's entry
 * 2 owner 2 state attribute  the bytes of an attribute, as they are
 * 3 time owner [state]       the expiry index
 * ```
 *
 * A name is written as its length and its UTF-8 bytes, so no name is a prefix of another. A name
 * that is too long for that, or is not well-formed Unicode, is written as a hash. The entries
 * themselves always hold the true names.
 */
const LAST_EPOCH = 1;
const DATA = 2;
const EXPIRY = 3;
const RECORD = 1;
const VALUE = 2;

const MAX_NAME = 240;
const HASHED = 255;

export interface KeyRange {
  readonly start: Buffer;
  /** The first key after the range. */
  readonly end: Buffer;
}

// Each request makes several keys. All parts go into one buffer, and the key is a copy of its
// beginning.
const work = Buffer.allocUnsafe(16 + 4 * (1 + MAX_NAME));

/** Makes a key of numbers below 256, names, and other bytes. */
function keyOf(...parts: readonly (number | string | Buffer)[]): Buffer {
  let length = 0;
  for (const part of parts) {
    if (typeof part === "number") work[length++] = part;
    else length += typeof part === "string" ? writeName(part, length) : part.copy(work, length);
  }
  const key = Buffer.allocUnsafe(length);
  work.copy(key, 0, 0, length);
  return key;
}

/** Writes a name as part of a key. @returns how many bytes it takes */
function writeName(name: string, at: number): number {
  const size = isWellFormed(name) ? Buffer.byteLength(name, "utf8") : Infinity;
  if (size > MAX_NAME) {
    work[at] = HASHED;
    return (
      1 +
      createHash("sha256")
        .update(name, "utf16le")
        .digest()
        .copy(work, at + 1)
    );
  }
  work[at] = size;
  return 1 + work.write(name, at + 1, "utf8");
}

/**
 * Whether a name is well-formed. Names with different lone surrogates have the same UTF-8 bytes, so
 * they are hashed.
 */
export function isWellFormed(name: string): boolean {
  return (name as string & { isWellFormed(): boolean }).isWellFormed();
}

export const lastEpochKey = Buffer.of(LAST_EPOCH);

// A commit needs the keys of one owner several times in a row. Keys never change.
let lastOwner: { readonly owner: string; readonly key: Buffer } | undefined;
let lastRecord:
  | { readonly owner: string; readonly state: string; readonly key: Buffer }
  | undefined;

export function ownerKey(owner: string): Buffer {
  if (lastOwner?.owner !== owner) lastOwner = { owner, key: keyOf(DATA, owner) };
  return lastOwner.key;
}

export function recordKey(owner: string, state: string): Buffer {
  if (lastRecord?.owner !== owner || lastRecord.state !== state)
    lastRecord = { owner, state, key: keyOf(DATA, owner, RECORD, state) };
  return lastRecord.key;
}

export function valueKey(owner: string, state: string, attribute: string): Buffer {
  return keyOf(DATA, owner, VALUE, state, attribute);
}

export function recordsRange(owner: string): KeyRange {
  return startingWith(keyOf(DATA, owner, RECORD));
}

export function valuesRange(owner: string, state: string): KeyRange {
  return startingWith(keyOf(DATA, owner, VALUE, state));
}

/** All keys that start with `prefix`, whose last byte must be below 255. */
function startingWith(prefix: Buffer): KeyRange {
  let last = prefix.length - 1;
  while (prefix[last] === 0xff) last--;
  const end = Buffer.from(prefix.subarray(0, last + 1));
  end.writeUInt8(end.readUInt8(last) + 1, last);
  return { start: prefix, end };
}

/** The owners after this one; without it, all owners. */
export function ownersAfter(owner: string | undefined): KeyRange {
  const start = owner === undefined ? Buffer.of(DATA) : keyOf(DATA, owner, VALUE + 1);
  return { start, end: Buffer.of(DATA + 1) };
}

/** The key of an entry in the expiry index. */
export function expiryKey(time: number, owner: string, state?: string): Buffer {
  const at = expiryTime(time);
  return state === undefined ? keyOf(at, owner) : keyOf(at, owner, state);
}

/** The part of the expiry index up to `time`, that time included. */
export function expiredRange(time: number): KeyRange {
  return { start: expiryTime(0), end: expiryTime(Math.floor(time) + 1) };
}

function expiryTime(time: number): Buffer {
  const key = Buffer.alloc(9);
  key[0] = EXPIRY;
  // A time beyond the range of dates means "never" and sorts last.
  key.writeBigUInt64BE(BigInt(Math.max(0, Math.min(Math.ceil(time), Number.MAX_SAFE_INTEGER))), 1);
  return key;
}
