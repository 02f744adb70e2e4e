import { randomUUID } from "node:crypto";
import { PersistError } from "../errors.ts";
import type { KeyRing } from "./key-ring.ts";

/**
 * A session id, and whether the newest key signed its token. If not, the token must be signed
 * again.
 */
export interface VerifiedToken {
  readonly id: string;
  readonly current: boolean;
}

const PURPOSE = "token";
const LABEL = "persist-session token v1";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const ID = new RegExp(`^${UUID}$`);
// 32 bytes are 43 characters of base64url (RFC 4648, without padding). The last one carries only 4
// bits; in the canonical form its two unused bits are zero, which leaves 16 possible characters.
const TOKEN = new RegExp(`^(${UUID})\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$`);

/** Whether a text has the form of a session id. */
export function isSessionId(text: string): boolean {
  return ID.test(text);
}

/** A new session id: a UUIDv4 (RFC 9562), lower case, 122 random bits. */
export function newSessionId(): string {
  return randomUUID();
}

/**
 * Makes the token of a session: `<UUIDv4>.<base64url HMAC-SHA256>`, signed by the newest key. The
 * MAC covers the cookie's name, so a token of one app is useless in another app with the same
 * secret.
 *
 * @param cookieName - the cookie's name; with and without `__Host-` it is the same token
 * @throws `ERR_OPTION_INVALID` if the id is not a lower-case UUIDv4
 */
export function signToken(ring: KeyRing, cookieName: string, id: string): string {
  if (!isSessionId(id)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "A session id must be a lower-case UUIDv4. Make one with newSessionId().",
    );
  }
  return `${id}.${ring.sign(PURPOSE, macInput(cookieName, id)).toString("base64url")}`;
}

/** Whether a text could be a token, before a MAC is spent on it. */
export function isTokenShaped(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Verifies a token. Gives its session, or undefined if it is not exactly a token of ours. Takes any
 * value, never throws.
 */
export function verifyToken(
  ring: KeyRing,
  cookieName: string,
  token: unknown,
): VerifiedToken | undefined {
  if (typeof token !== "string" || typeof cookieName !== "string") return undefined;
  const [, id, mac] = TOKEN.exec(token) ?? [];
  if (id === undefined || mac === undefined) return undefined;
  const verified = ring.verify(PURPOSE, macInput(cookieName, id), Buffer.from(mac, "base64url"));
  return verified && { id, current: verified.current };
}

// The label and the id have fixed lengths at the two ends, so no two (name, id) pairs give the same
// bytes.
function macInput(cookieName: string, id: string): string {
  return `${LABEL}\n${cookieName.replace(/^__Host-/, "")}\n${id}`;
}
