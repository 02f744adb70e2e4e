import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import type { KeyRing } from "../../identity/index.ts";

const NONCE = 12;
const TAG = 16;
// Our texts have a few hundred characters, so a text beyond this is rejected without a decryption.
const MAX_LENGTH = 2048;

/**
 * Encrypts an object (AES-256-GCM, RFC 5116). Only a gateway with the same secret can decrypt it.
 *
 * @param purpose - a constant of the code: each has a key of its own
 * @returns base64url
 */
export function encrypt(ring: KeyRing, purpose: string, payload: object): string {
  const nonce = randomBytes(NONCE);
  // The key ring always holds at least one key.
  const key = ring.derive(purpose)[0] as KeyObject;
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
  const text = Buffer.concat([cipher.update(JSON.stringify(payload), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString("base64url");
}

/**
 * Decrypts a text of this purpose. Undefined if it is not exactly one of ours. Takes any value,
 * never throws.
 */
export function decrypt(
  ring: KeyRing,
  purpose: string,
  text: unknown,
): Record<string, unknown> | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length <= NONCE + TAG || bytes.toString("base64url") !== text) return undefined;
  const nonce = bytes.subarray(0, NONCE);
  const tag = bytes.subarray(-TAG);
  for (const key of ring.derive(purpose)) {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
    decipher.setAuthTag(tag);
    try {
      const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
      return JSON.parse(plain.toString("utf8")) as Record<string, unknown>;
    } catch {
      // Another key of the ring may have made it.
    }
  }
  return undefined;
}
