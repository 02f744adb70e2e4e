import { createHash } from "node:crypto";
import type { KeyRing } from "./key-ring.ts";

/** Where a sealed value stands: owner, state and attribute. Moved anywhere else, its seal does not hold. */
export type SealPlace = readonly [owner: string, state: string, attribute: string];

/** The format byte of values that carry a seal (`P`): what is inside could run code where it is read. */
const SEALED_FORMAT = 0x50;

const PURPOSE = "sealed value";
const SEAL_BYTES = 32;

/** Whether the bytes of an attribute are of the format that is sealed. */
export function isSealedFormat(bytes: Uint8Array): boolean {
  return bytes[0] === SEALED_FORMAT;
}

/** `P` + payload becomes `P` + seal + payload. */
export function sealValue(ring: KeyRing, place: SealPlace, bytes: Uint8Array): Uint8Array {
  const payload = bytes.subarray(1);
  return Buffer.concat([
    bytes.subarray(0, 1),
    ring.sign(PURPOSE, macInput(place, payload)),
    payload,
  ]);
}

/** `P` + payload again, or nothing where the seal does not hold: then nobody may read the payload. */
export function unsealValue(
  ring: KeyRing,
  place: SealPlace,
  stored: Uint8Array,
): Uint8Array | undefined {
  if (!isSealedFormat(stored) || stored.length < 1 + SEAL_BYTES) return undefined;
  const seal = stored.subarray(1, 1 + SEAL_BYTES);
  const payload = stored.subarray(1 + SEAL_BYTES);
  if (ring.verify(PURPOSE, macInput(place, payload), seal) === undefined) return undefined;
  return Buffer.concat([stored.subarray(0, 1), payload]);
}

/** The same value for another place. What is not sealed, or whose seal does not hold, stays as it is. */
export function resealValue(
  ring: KeyRing,
  from: SealPlace,
  to: SealPlace,
  stored: Uint8Array,
): Uint8Array {
  if (!isSealedFormat(stored)) return stored;
  const bytes = unsealValue(ring, from, stored);
  return bytes === undefined ? stored : sealValue(ring, to, bytes);
}

// JSON frames the names, so that no two places read alike; the hash keeps large values from being copied.
function macInput(place: SealPlace, payload: Uint8Array): string {
  return `${JSON.stringify(place)}\n${createHash("sha256").update(payload).digest("hex")}`;
}
