import type { KeyRing } from "../../identity/index.ts";
import { type Claims, readWho, signText, verifyText } from "./assertion.ts";

const KEY = "gateway credential";

/** The session and tab that a handle works for. */
export type Who = Omit<Claims, "purpose">;

/**
 * Makes the text by which a Python process opens its sessions again after a restart of the gateway:
 * an assertion is too old by then. Its key is separate, so neither passes for the other.
 *
 * @param life - in milliseconds
 */
export function signCredential(
  ring: KeyRing,
  { session, tab, ephemeral }: Who,
  life: number,
): string {
  return signText(ring, KEY, {
    v: 1,
    s: session,
    t: tab,
    e: Date.now() + life,
    ...(ephemeral ? { x: true } : {}),
  });
}

/** Verifies a credential. Undefined if it is not one of ours. */
export function verifyCredential(ring: KeyRing, text: unknown): Who | undefined {
  const payload = verifyText(ring, KEY, text);
  return payload && readWho(payload, Date.now());
}
