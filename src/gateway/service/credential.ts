import type { KeyRing } from "../../session/key-ring.ts";
import { type Claims, readWho, signText, verifyText } from "../assertion.ts";

const KEY = "gateway credential";

/** Whom a handle works for. */
export type Who = Omit<Claims, "purpose">;

/**
 * A text by which the same Python process opens its sessions again after the gateway was restarted: an assertion is too old by then.
 * It has a key of its own, so that neither passes for the other.
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

/** Whom a credential speaks of, or nothing where it is not one of ours. */
export function verifyCredential(ring: KeyRing, text: unknown): Who | undefined {
  const payload = verifyText(ring, KEY, text);
  return payload && readWho(payload, Date.now());
}
