import { createHash } from "node:crypto";
import type { KeyRing } from "../../identity/index.ts";
import type { Exchange } from "../proxy/index.ts";
import { encrypt, decrypt } from "./encrypted.ts";

/** A note that a page's browser came without a cookie and was given the cookie of this session. */
export interface Issue {
  readonly session: string;
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * How long a note counts, in milliseconds: two first visits that far apart can still have begun at
 * once, if a page loads slowly. Its holder can change the session, so it expires.
 */
const ISSUE_LIFE = 120_000;
/** How far the clocks of two gateways may differ, in milliseconds. */
const MAX_SKEW = 10_000;

const PURPOSE = "gateway first cookie";

/** A note for the page that answers this request. */
export function makeIssue(
  ring: KeyRing,
  session: string,
  exchange: Exchange,
  now = Date.now(),
): string {
  return encrypt(ring, PURPOSE, { s: session, a: now, b: browserOf(exchange) });
}

/**
 * What a note says, or nothing: it is not exactly one of ours, too old, or of another browser or
 * host. Takes any value, never throws.
 * @param exchange - the request that brings it
 */
export function openIssue(
  ring: KeyRing,
  text: unknown,
  exchange: Exchange,
  now = Date.now(),
): Issue | undefined {
  const payload = decrypt(ring, PURPOSE, text);
  if (payload === undefined || payload["b"] !== browserOf(exchange)) return undefined;
  const at = payload["a"] as number;
  return now - at < ISSUE_LIFE && at - now <= MAX_SKEW
    ? { session: payload["s"] as string, at }
    : undefined;
}

/**
 * What two requests of one browser have in common before it has a cookie. Not the address: one
 * browser may use two (IPv4 and IPv6, two proxies that are not trusted), and its two pages must be
 * joined.
 */
function browserOf({ request, host }: Exchange): string {
  const content = JSON.stringify([request.headers["user-agent"] ?? "", host ?? ""]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 22);
}
