import { isSessionId, type KeyRing } from "../../identity/index.ts";

/**
 * The header that carries the assertion on the WebSocket upgrade to Streamlit. If a client sends
 * it, it is dropped.
 */
export const ASSERTION_HEADER = "x-persist-session";

/**
 * How long an assertion is good for, in milliseconds: a script that Streamlit starts late must
 * still be able to use it.
 */
export const ASSERTION_LIFE = 300_000;

/**
 * Why a page connects: `open` a new Streamlit session; `resume` a reloaded page gets its live
 * Streamlit session back (its widgets need restoring); `reconnect` the same page's socket dropped
 * and came back.
 */
export type Purpose = "open" | "resume" | "reconnect";

/** What the gateway asserts about a WebSocket. */
export interface Claims {
  readonly session: string;
  /** The tab's own id; null if the page gave none. */
  readonly tab: string | null;
  readonly purpose: Purpose;
  /** Whether the browser keeps no cookie. Then its state lives with the connection. */
  readonly ephemeral: boolean;
}

const KEY = "gateway assertion";
// A tab's id becomes part of a store's key, so its characters and its length are bounded.
const TAB = /^[A-Za-z0-9_-]{1,64}$/;
const PURPOSES: readonly string[] = ["open", "resume", "reconnect"] satisfies Purpose[];

/** Whether the value is a valid tab id. */
export function isTabId(value: unknown): value is string {
  return typeof value === "string" && TAB.test(value);
}

/**
 * The header's value: `<base64url of the payload>.<base64url HMAC>`, good for `ASSERTION_LIFE`.
 * Python reads the payload's purpose; the state service verifies all of it.
 */
export function signAssertion(ring: KeyRing, claims: Claims, now = Date.now()): string {
  const { session, tab, purpose, ephemeral } = claims;
  return signText(ring, KEY, {
    v: 1,
    s: session,
    t: tab,
    p: purpose,
    e: now + ASSERTION_LIFE,
    ...(ephemeral ? { x: true } : {}),
  });
}

/**
 * Verifies an assertion. Gives undefined if it is not exactly one of ours, or too old. Takes any
 * value, never throws.
 */
export function verifyAssertion(
  ring: KeyRing,
  text: unknown,
  now = Date.now(),
): Claims | undefined {
  const payload = verifyText(ring, KEY, text);
  if (payload === undefined || !PURPOSES.includes(payload["p"] as string)) return undefined;
  const who = readWho(payload, now);
  return who && { ...who, purpose: payload["p"] as Purpose };
}

/** Reads whose a signed payload is. Undefined if it is incomplete or has expired. */
export function readWho(
  { v, s, t, e, x }: Record<string, unknown>,
  now: number,
): Omit<Claims, "purpose"> | undefined {
  if (v !== 1 || typeof e !== "number" || !(now < e)) return undefined;
  if (typeof s !== "string" || !isSessionId(s)) return undefined;
  if (t !== null && !isTabId(t)) return undefined;
  if (x !== undefined && x !== true) return undefined;
  return { session: s, tab: t, ephemeral: x === true };
}

/** Signs a JSON object, with a separate key for each purpose. */
export function signText(ring: KeyRing, key: string, payload: Record<string, unknown>): string {
  const text = JSON.stringify(payload);
  return `${Buffer.from(text).toString("base64url")}.${ring.sign(key, text).toString("base64url")}`;
}

// Our texts have about 200 characters, so a text beyond this is rejected without computing a MAC.
const MAX_LENGTH = 2048;

/** Gives the object of a signed text if its MAC is valid. */
export function verifyText(
  ring: KeyRing,
  key: string,
  text: unknown,
): Record<string, unknown> | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const [payload, mac, more] = text.split(".");
  if (payload === undefined || mac === undefined || more !== undefined) return undefined;
  const json = Buffer.from(payload, "base64url");
  const bytes = Buffer.from(mac, "base64url");
  // Accepts only the canonical form: one assertion has one text.
  if (json.toString("base64url") !== payload || bytes.toString("base64url") !== mac)
    return undefined;
  if (ring.verify(key, json, bytes) === undefined) return undefined;
  // A text with our MAC was written by us.
  return JSON.parse(json.toString("utf8")) as Record<string, unknown>;
}
