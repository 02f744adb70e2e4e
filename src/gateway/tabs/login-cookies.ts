import { createHmac } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { dropOldest } from "../../drop-oldest.ts";
import { type KeyRing, readCookie } from "../../identity/index.ts";

const PURPOSE = "gateway login cookie";
/** Characters of a mark: enough that no two values are ever taken for one. */
const MARK_LENGTH = 22;
/** How many sessions' cookies are remembered; each is some hundred bytes. */
const MAX_SESSIONS = 10_000;
/** How many values of one session are remembered. */
const MAX_MARKS = 32;

/** The login cookies that a tab's WebSocket came with. */
export interface SeenLogins {
  /** A mark for each, by its name and value. */
  readonly marks: readonly string[];
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * The cookies by which an app, and not Streamlit, knows who is signed in. A live Streamlit session
 * remembers the login that it began with, so a reload must not get it back once that login is gone:
 * plain Streamlit would read the cookie anew.
 */
export class LoginCookies {
  readonly #names: readonly string[];
  readonly #key: KeyObject;
  /** What each session's browser has shown, and when last. */
  readonly #seen = new Map<string, Map<string, number>>();

  constructor(ring: KeyRing, names: readonly string[]) {
    this.#names = [...new Set(names)];
    // The ring always holds a key. The oldest one is used: a newer secret is not another login.
    this.#key = ring.derive(PURPOSE).at(-1) as KeyObject;
  }

  /**
   * What a request shows. Also called for requests that open no WebSocket: cookies that the browser
   * had in between count.
   */
  see(session: string, header: string | undefined, now = Date.now()): SeenLogins {
    const marks = this.#marks(header);
    if (marks.length > 0) {
      const seen = this.#seen.get(session) ?? new Map<string, number>();
      if (!this.#seen.has(session) && this.#seen.size >= MAX_SESSIONS) this.#seen.clear();
      this.#seen.set(session, seen);
      for (const mark of marks) {
        seen.delete(mark);
        seen.set(mark, now);
      }
      dropOldest(seen, MAX_MARKS);
    }
    return { marks, at: now };
  }

  /**
   * Whether no login has disappeared or changed since a tab connected. A new one does not count:
   * either the tab itself has just set it, or the app reads it as after any reload.
   */
  allow(before: SeenLogins, sessions: readonly string[], header: string | undefined): boolean {
    if (this.#names.length === 0) return true;
    const now = new Set(this.#marks(header));
    const had = [...before.marks];
    for (const session of sessions)
      for (const [mark, at] of this.#seen.get(session) ?? []) if (at >= before.at) had.push(mark);
    return had.every((mark) => now.has(mark));
  }

  #marks(header: string | undefined): string[] {
    return this.#names.flatMap((name) =>
      [...readCookie(header, name)].map((value) =>
        createHmac("sha256", this.#key)
          .update(JSON.stringify([name, whoIn(value)]))
          .digest("base64url")
          .slice(0, MARK_LENGTH),
      ),
    );
  }
}

const TIMES: ReadonlySet<string> = new Set(["exp", "iat", "nbf", "jti", "auth_time", "exp_date"]);

/**
 * The part of a cookie's value that says who is signed in. For a JSON Web Token (RFC 7519) its
 * claims without its times, so that an extended login is not another one; the app must verify the
 * signature.
 */
function whoIn(value: string): unknown {
  const [, payload, signature, more] = value.split(".");
  if (payload === undefined || signature === undefined || more !== undefined) return value;
  try {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as unknown;
    if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return value;
    return Object.entries(claims)
      .filter(([name]) => !TIMES.has(name))
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
  } catch {
    return value;
  }
}
