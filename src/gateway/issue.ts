import type { KeyRing } from "../session/key-ring.ts";
import { seal, unseal } from "./seal.ts";

/** Says that a page's browser came without a cookie and was given one of this session. */
export interface Issue {
  readonly session: string;
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
}

const PURPOSE = "gateway first cookie";

export function sealIssue(ring: KeyRing, session: string, now = Date.now()): string {
  return seal(ring, PURPOSE, { s: session, a: now });
}

/** What it says, or nothing where it is not exactly one of ours. */
export function openIssue(ring: KeyRing, text: unknown): Issue | undefined {
  const payload = unseal(ring, PURPOSE, text);
  return payload && { session: payload["s"] as string, at: payload["a"] as number };
}
