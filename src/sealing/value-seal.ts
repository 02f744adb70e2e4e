import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import { PersistError } from "../errors.ts";
import type { StoredAttribute } from "../store/index.ts";
import type { SealKeys } from "./seal-keys.ts";

/** The format byte of sealed values: `E`. What is inside has a format byte of its own. */
const SEALED = 0x45;
/** The number is beside the value, under `NUMBER` + `:` + its name. */
const OWN_NUMBER = 1;
/** The number is that of the write that created the record, under `NUMBER`. */
const RECORD_NUMBER = 2;

const NUMBER = "\u0001number";
const OWN_PREFIX = `${NUMBER}:`;

const ID_AT = 2;
const INDEX_AT = 6;
const HEAD = 10;
const TAG = 16;
const NONCE = 12;
/** Bytes that a sealed value has more than the value. */
const VALUE_OVERHEAD = HEAD + TAG;
/** Bytes of a number, with its format byte `B`. */
const NUMBER_BYTES = 1 + NONCE;
const BYTES_FORMAT = 0x42;
const CIPHER = "aes-256-gcm";
const TAG_LENGTH = { authTagLength: TAG } as const;

/** The attributes of a record, as a store gives them. */
type Stored = ReadonlyMap<string, StoredAttribute>;

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
  if (layout !== OWN_NUMBER && layout !== RECORD_NUMBER) {
    // Fewer bytes than any release would write are damage.
    if (layout === undefined) return undefined;
    throw new PersistError(
      "ERR_STORE_FORMAT",
      `A stored value is sealed in a way that this release does not know (layout ${layout}): a newer release has written it, or it is damaged. ` +
        "Nothing was changed. Deploy the newer release here too.",
    );
  }
  return bytes.length < VALUE_OVERHEAD ? undefined : view(bytes).readUInt32BE(ID_AT);
}

/**
 * Seals what one write sets of a record. All values of it share one random number, from which their nonces are made. The number is stored beside
 * them, so a value that stood there earlier no longer opens.
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
 * Opens a sealed value. Undefined if its seal does not hold: it is damaged, was moved from another place, or is not the newest of its place.
 *
 * @param attributes - the record, or what changed of it: a value and its number always change together
 * @param key - the owner's key that the value names
 */
export function openValue(
  key: Uint8Array,
  owner: string,
  state: string,
  name: string,
  attributes: Stored,
): Buffer | undefined {
  const stored = attributes.get(name);
  if (stored?.bytes === undefined) return undefined;
  const bytes = view(stored.bytes);
  const number = attributes.get(bytes[1] === RECORD_NUMBER ? NUMBER : OWN_PREFIX + name);
  // One write sets both, so they have one version.
  if (number?.bytes?.length !== NUMBER_BYTES || number.version !== stored.version) return undefined;
  const nonce = nonceOf(number.bytes, bytes.readUInt32BE(INDEX_AT));
  const decipher = createDecipheriv(CIPHER, key, nonce, TAG_LENGTH);
  decipher.setAAD(Buffer.from(placeOf(owner, state) + name, "utf16le"));
  decipher.setAuthTag(bytes.subarray(-TAG));
  try {
    const inner = decipher.update(bytes.subarray(HEAD, -TAG));
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
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const number = new Uint8Array(NUMBER_BYTES);
  number[0] = BYTES_FORMAT;
  number.set(random.subarray(used, used + NONCE), 1);
  used += NONCE;
  return number;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
