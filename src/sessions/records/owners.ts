import { createHash } from "node:crypto";
import { PersistError } from "../../errors.ts";

/** An owner of records, with what decides how long they are kept. */
export interface Owner {
  /** Its key in the store. */
  readonly key: string;
  /** The session that its records never outlive; undefined for a user's. */
  readonly session: string | undefined;
  /**
   * Whether the browser has shown its token. A user's records last in any case. Bots must not fill
   * the store.
   */
  readonly lasting: boolean;
}

/** Owner of the records of a session. */
export function browserOwner(sessionId: string): string {
  return `b:${sessionId}`;
}

/** Owner of the records of one tab of a session. */
export function tabOwner(sessionId: string, tab: string): string {
  return `t:${sessionId}:${tab}`;
}

/** A session as an owner. @param lasting - whether the browser has shown its token */
export function ofSession(session: string, lasting: boolean): Owner {
  return { key: browserOwner(session), session, lasting };
}

/** Whether the records are a session's own, and not those of a tab or a user. */
export function isOfSession(owner: Owner): owner is Owner & { readonly session: string } {
  return owner.key.startsWith("b:");
}

/**
 * Who is signed in: a name that belongs to one person alone, or issuer and subject as OpenID
 * Connect gives them (Core 1.0, section 2: `sub` is unique within its `iss`). Undefined if no one
 * is signed in.
 */
export type Identity =
  | string
  | { readonly issuer?: string; readonly subject: string }
  | undefined
  | null;

/**
 * Owner of a person's records. The store sees only a hash of who it is.
 * @throws PersistError `ERR_NO_USER` if no one is signed in
 */
export function userOwner(identity: Identity, className: string): string {
  const { issuer = "", subject } =
    typeof identity === "string" ? { subject: identity } : (identity ?? { subject: "" });
  if (typeof subject !== "string" || typeof issuer !== "string" || subject === "") {
    throw new PersistError(
      "ERR_NO_USER",
      `${className} belongs to the signed-in user, and no user is signed in here. ` +
        `Give the adapter identify: (request) => request.user?.id (createSessions: open(token, { identify })), and call restore only after sign-in.`,
    );
  }
  // JSON delimits the two, so no two pairs of issuer and subject give the same text.
  return `u:${createHash("sha256")
    .update(JSON.stringify([issuer, subject]))
    .digest("hex")}`;
}
