import type { KeyRing } from "../../identity/index.ts";
import { encrypt, decrypt } from "./encrypted.ts";

/**
 * A note that a browser with the cookie of this session has said, by Sec-Fetch-Site, that pages of
 * this origin are the gateway's own. A page needs it if a proxy rewrites Host, so that its Origin
 * cannot be compared: browsers send no Sec-Fetch-Site with a WebSocket.
 */
export interface OriginNote {
  readonly session: string;
  readonly origin: string;
}

/** The header of an answer that carries a note. Only a page of the same origin can read it. */
export const ORIGIN_NOTE_HEADER = "x-persist-session-origin";

const PURPOSE = "gateway origin note";

/** @param life - in milliseconds */
export function makeOriginNote(
  ring: KeyRing,
  { session, origin }: OriginNote,
  life: number,
  now = Date.now(),
): string {
  return encrypt(ring, PURPOSE, { s: session, o: origin, e: now + life });
}

/**
 * Opens a note. Undefined if it is not exactly one of ours, or too old. Takes any value, never
 * throws.
 */
export function openOriginNote(
  ring: KeyRing,
  text: unknown,
  now = Date.now(),
): OriginNote | undefined {
  const payload = decrypt(ring, PURPOSE, text);
  const until = payload?.["e"];
  if (payload === undefined || typeof until !== "number" || !(now < until)) return undefined;
  return { session: payload["s"] as string, origin: payload["o"] as string };
}
