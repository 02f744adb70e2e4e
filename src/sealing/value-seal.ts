import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import { PersistError } from "../errors.ts";
import type { RecordPoint, StoredRecord } from "../store/index.ts";
import type { SealKeys } from "./seal-keys.ts";

/** The format byte of sealed values: `E`. What is inside has a format byte of its own. */
const SEALED = 0x45;
/** The number is beside the value, under `NUMBER` + `:` + its name. */
const OWN_NUMBER = 1;
/** The number is that of the write that created the record, under `NUMBER`. */
const RECORD_NUMBER = 2;
/**
 * Bound to the epoch and the version that the store gave, with a nonce of its own: needs no number.
 */
const VERSION = 3;

const NUMBER = "\u0001number";
const OWN_PREFIX = `${NUMBER}:`;

const ID_AT = 2;
const INDEX_AT = 6;
const HEAD = 10;
const TAG = 16;
const NONCE = 12;
const NONCE_AT = 6;
const BOUND_HEAD = NONCE_AT + NONCE;
/** Bytes that a value with a number has more than the value inside. */
const VALUE_OVERHEAD = HEAD + TAG;
const BOUND_OVERHEAD = BOUND_HEAD + TAG;
/** Bytes of a number, with its format byte `B`. */
const NUMBER_BYTES = 1 + NONCE;
const BYTES_FORMAT = 0x42;
const CIPHER = "aes-256-gcm";
const TAG_LENGTH = { authTagLength: TAG } as const;

/** Whether the bytes of an attribute are sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === SEALED;
}

/** Whether a name is that of a number, and no attribute of a state. */
export function isNumberName(name: string): boolean {
  return name.charCodeAt(0) === 1 && (name === NUMBER || name.startsWith(OWN_PREFIX));
}

/** The name of the number beside an attribute. */
export function numberNameOf(attribute: string): string {
  return OWN_PREFIX + attribute;
}

/**
 * The name of the key that sealed the value.
 * @throws PersistError `ERR_STORE_FORMAT` if a newer release has sealed it in another way
 */
export function sealedBy(bytes: Uint8Array): number | undefined {
  const layout = bytes[1];
  if (layout !== OWN_NUMBER && layout !== RECORD_NUMBER && layout !== VERSION) {
    // Fewer bytes than any release would write are damage.
    if (layout === undefined) return undefined;
    throw new PersistError(
      "ERR_STORE_FORMAT",
      `A stored value is sealed in a way that this release does not know (layout ${layout}): a newer release has written it, or it is damaged. ` +
        "Nothing was changed. Deploy the newer release here too.",
    );
  }
  return bytes.length < (layout === VERSION ? BOUND_OVERHEAD : VALUE_OVERHEAD)
    ? undefined
    : view(bytes).readUInt32BE(ID_AT);
}

/**
 * Seals what one write sets of a record, for a store that has told the epoch and the version of the
 * write before it stores. Each value is bound to them, so a value that stood there earlier no
 * longer opens.
 */
export function sealBound(
  keys: SealKeys,
  owner: string,
  state: string,
  set: ReadonlyMap<string, Uint8Array>,
  point: RecordPoint,
): Map<string, Uint8Array> {
  const sealed = new Map<string, Uint8Array>();
  if (set.size === 0) return sealed;
  const id = keys.newestId;
  const key = keys.of(owner, id) as Buffer;
  const place = boundPlace(owner, state, point);
  for (const [name, bytes] of set) {
    const out = Buffer.allocUnsafe(bytes.length + BOUND_OVERHEAD);
    out[0] = SEALED;
    out[1] = VERSION;
    out.writeUInt32BE(id, ID_AT);
    fillRandom(out, NONCE_AT);
    const cipher = createCipheriv(CIPHER, key, out.subarray(NONCE_AT, BOUND_HEAD), TAG_LENGTH);
    cipher.setAAD(Buffer.from(place + name, "utf16le"));
    const inner = cipher.update(bytes);
    cipher.final();
    out.set(inner, BOUND_HEAD);
    out.set(cipher.getAuthTag(), BOUND_HEAD + inner.length);
    sealed.set(name, out);
  }
  return sealed;
}

/**
 * Seals what one write sets of a record, for a store that gives the version while it stores. All
 * values of it share one random number, from which their nonces are made. The number is stored
 * beside them, so a value that stood there earlier no longer opens.
 *
 * @param creates - whether the write creates the record: then one number serves all of it
 */
export function sealSet(
  keys: SealKeys,
  owner: string,
  state: string,
  set: ReadonlyMap<string, Uint8Array>,
  creates: boolean,
): Map<string, Uint8Array> {
  const sealed = new Map<string, Uint8Array>();
  if (set.size === 0) return sealed;
  const id = keys.newestId;
  const key = keys.of(owner, id) as Buffer;
  const number = newNumber();
  const place = placeOf(owner, state);
  let index = 0;
  for (const [name, bytes] of set) {
    const cipher = createCipheriv(CIPHER, key, nonceOf(number, index), TAG_LENGTH);
    cipher.setAAD(Buffer.from(place + name, "utf16le"));
    const inner = cipher.update(bytes);
    cipher.final();
    // Not of the pool: stores may keep it for long.
    const out = Buffer.allocUnsafeSlow(bytes.length + VALUE_OVERHEAD);
    out[0] = SEALED;
    out[1] = creates ? RECORD_NUMBER : OWN_NUMBER;
    out.writeUInt32BE(id, ID_AT);
    out.writeUInt32BE(index++, INDEX_AT);
    out.set(inner, HEAD);
    out.set(cipher.getAuthTag(), HEAD + inner.length);
    sealed.set(name, out);
    if (!creates) sealed.set(OWN_PREFIX + name, number);
  }
  if (creates) sealed.set(NUMBER, number);
  return sealed;
}

/**
 * Opens a sealed value. Undefined if its seal does not hold: it is damaged, was moved from another
 * place, or is not the newest of its place.
 *
 * @param key - the owner's key that the value names
 * @param record - as it is stored, or what changed of it: a value and its number always change
 *   together
 */
export function openValue(
  key: Uint8Array,
  owner: string,
  state: string,
  name: string,
  { epoch, attributes }: Pick<StoredRecord, "epoch" | "attributes">,
): Buffer | undefined {
  const stored = attributes.get(name);
  if (stored?.bytes === undefined) return undefined;
  const bytes = view(stored.bytes);
  if (bytes[1] === VERSION) {
    const place = boundPlace(owner, state, { epoch, version: stored.version });
    return decrypt(key, bytes.subarray(NONCE_AT, BOUND_HEAD), place + name, bytes, BOUND_HEAD);
  }
  const number = attributes.get(bytes[1] === RECORD_NUMBER ? NUMBER : OWN_PREFIX + name);
  // One write sets both, so they have one version.
  if (number?.bytes?.length !== NUMBER_BYTES || number.version !== stored.version) return undefined;
  const nonce = nonceOf(number.bytes, bytes.readUInt32BE(INDEX_AT));
  return decrypt(key, nonce, placeOf(owner, state) + name, bytes, HEAD);
}

function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  place: string,
  bytes: Buffer,
  head: number,
): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, key, nonce, TAG_LENGTH);
  decipher.setAAD(Buffer.from(place, "utf16le"));
  decipher.setAuthTag(bytes.subarray(-TAG));
  try {
    const inner = decipher.update(bytes.subarray(head, -TAG));
    decipher.final();
    return inner;
  } catch {
    return undefined;
  }
}

// The lengths frame the names, so that no two places read alike.
function placeOf(owner: string, state: string): string {
  return `E1:${owner.length}:${owner}${state.length}:${state}`;
}

function boundPlace(owner: string, state: string, { epoch, version }: RecordPoint): string {
  return `E3:${epoch}:${version}:${owner.length}:${owner}${state.length}:${state}`;
}

const nonce = Buffer.alloc(NONCE);

/** The nonce of one value of a write. Valid until the next call: ciphers copy it. */
function nonceOf(number: Uint8Array, index: number): Buffer {
  nonce.set(number.subarray(1));
  nonce.writeUInt32BE((nonce.readUInt32BE(NONCE - 4) ^ index) >>> 0, NONCE - 4);
  return nonce;
}

// One call for many numbers: each call of the generator costs as much as sealing a small value.
const random = Buffer.alloc(NONCE * 256);
let used = random.length;

function newNumber(): Uint8Array {
  const number = new Uint8Array(NUMBER_BYTES);
  number[0] = BYTES_FORMAT;
  fillRandom(number, 1);
  return number;
}

function fillRandom(bytes: Uint8Array, at: number): void {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  bytes.set(random.subarray(used, used + NONCE), at);
  used += NONCE;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
