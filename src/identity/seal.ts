import { createHash, randomBytes } from "node:crypto";
import { sealNameOf } from "./seal-name.ts";
import type { KeyRing } from "./key-ring.ts";

/**
 * Where a sealed value stands: owner, state and attribute. Moved anywhere else, its seal does not
 * hold.
 */
export type SealPlace = readonly [owner: string, state: string, attribute: string];

/** The attributes of a record, as a store gives them. */
export type StoredAttributes = ReadonlyMap<
  string,
  { readonly version: number; readonly bytes: Uint8Array | undefined }
>;

/**
 * The format byte of values that carry a seal (`P`): what is inside could run code where it is
 * read.
 */
const SEALED_FORMAT = 0x50;

const PURPOSE = "sealed value";
const NUMBER_BYTES = 16;
/**
 * What a sealed value has between its format byte and its payload: the seal's number and the seal,
 * in bytes.
 */
export const SEAL_BYTES = NUMBER_BYTES + 32;
const BYTES_FORMAT = Buffer.from("B");

/** Whether the bytes of an attribute are of the format that is sealed. */
export function isSealedFormat(bytes: Uint8Array): boolean {
  return bytes[0] === SEALED_FORMAT;
}

/**
 * Puts a value into what a write sets: `P` + payload as `P` + number + seal + payload, and the
 * number once more beside it. The number is new each time, so an older value of the same place does
 * not go with it.
 */
export function setSealed(
  set: Map<string, Uint8Array>,
  ring: KeyRing,
  place: SealPlace,
  bytes: Uint8Array,
): void {
  const number = randomBytes(NUMBER_BYTES);
  const payload = bytes.subarray(1);
  const seal = ring.sign(PURPOSE, macInput(place, number, payload));
  set.set(place[2], Buffer.concat([bytes.subarray(0, 1), number, seal, payload]));
  set.set(sealNameOf(place[2]), Buffer.concat([BYTES_FORMAT, number]));
}

/**
 * `P` + payload again, or nothing if the seal does not hold or is not the newest of its place: then
 * the payload must not be read.
 *
 * @param attributes - the record, or what changed of it: a value and its number always change
 *   together
 */
export function openSealed(
  ring: KeyRing,
  place: SealPlace,
  attributes: StoredAttributes,
): Uint8Array | undefined {
  const stored = attributes.get(place[2])?.bytes;
  if (stored === undefined || !isNewestSeal(attributes, place[2])) return undefined;
  const number = stored.subarray(1, 1 + NUMBER_BYTES);
  const seal = stored.subarray(1 + NUMBER_BYTES, 1 + SEAL_BYTES);
  const payload = stored.subarray(1 + SEAL_BYTES);
  if (ring.verify(PURPOSE, macInput(place, number, payload), seal) === undefined) return undefined;
  return Buffer.concat([stored.subarray(0, 1), payload]);
}

/**
 * Whether a sealed value has the number that is stored beside it, by the same write. Whether its
 * seal holds, only the secret can say.
 */
export function isNewestSeal(attributes: StoredAttributes, attribute: string): boolean {
  const value = attributes.get(attribute);
  const beside = attributes.get(sealNameOf(attribute));
  if (value?.bytes === undefined || beside?.bytes === undefined) return false;
  if (!isSealedFormat(value.bytes) || value.bytes.length < 1 + SEAL_BYTES) return false;
  // A number that was left behind, by a writer that did not know of it, is of an older write.
  if (value.version !== beside.version) return false;
  const number = value.bytes.subarray(1, 1 + NUMBER_BYTES);
  return Buffer.concat([BYTES_FORMAT, number]).equals(beside.bytes);
}

// JSON frames the names, so that no two places read alike; the hash keeps large values from being
// copied.
function macInput(place: SealPlace, number: Uint8Array, payload: Uint8Array): string {
  const digest = createHash("sha256").update(payload).digest("hex");
  return `${JSON.stringify(place)}\n${Buffer.from(number).toString("hex")}\n${digest}`;
}
