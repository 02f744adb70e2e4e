import { PersistError } from "../errors.ts";
import type { SessionsOptions } from "../sessions/index.ts";
import type { Store } from "../store/index.ts";

/** Options of express-session, as far as they have a meaning here. */
export interface ExpressSessionOptions<U extends string = string> {
  /** The secret, or several, newest first. Default: as for `persistSession`. */
  readonly secret?: string | readonly string[];
  /** The cookie's name. Default `persist-session`. */
  readonly name?: string;
  /**
   * One of ours: `redis://host`, `postgres://host/database`, `lmdb:./dir`, or a store object of
   * this package. Default: LMDB.
   */
  readonly store?: Store | U;
  /** The cookie, and how long a session lasts. Default: `SameSite=Lax`, 30 days. */
  readonly cookie?: {
    /**
     * Milliseconds that a session is kept after its last use. Default 30 days; null is the default,
     * too.
     */
    readonly maxAge?: number | null;
    /** Shares the cookie with all subdomains of this host. Default: this host alone. */
    readonly domain?: string;
    /** Default `"/"`. */
    readonly path?: string;
    /** True is `"strict"`; false is the default, `"lax"`. */
    readonly sameSite?: boolean | "lax" | "strict" | "none";
    /** One cookie per embedding site (CHIPS). Default false. */
    readonly partitioned?: boolean;
    /**
     * Has no effect: the cookie is `Secure` if the request came over HTTPS, as with `"auto"`, the
     * default here.
     */
    readonly secure?: boolean | "auto";
    /** Default true; false is refused with `ERR_OPTION_INVALID`. */
    readonly httpOnly?: boolean;
  };
  /**
   * True: the nearest proxy of this machine says if the request came over HTTPS
   * (`trustProxy: "loopback"`). Default false.
   */
  readonly proxy?: boolean;
  /** Has no effect: only what has changed is stored. Default: as if false. */
  readonly resave?: boolean;
  /**
   * Has no effect: a session that holds nothing is neither stored nor given a cookie. Default: as
   * if false.
   */
  readonly saveUninitialized?: boolean;
  /** Has no effect: each use of a session extends its time. Default: as if true. */
  readonly rolling?: boolean;
}

const KNOWN = new Set([
  "secret",
  "name",
  "store",
  "cookie",
  "proxy",
  "resave",
  "saveUninitialized",
  "rolling",
]);
const COOKIE = new Set([
  "maxAge",
  "domain",
  "path",
  "sameSite",
  "partitioned",
  "secure",
  "httpOnly",
]);

/** @throws PersistError `ERR_OPTION_INVALID`: what has no equivalent is refused, not ignored */
export function sessionsOptions(options: ExpressSessionOptions): SessionsOptions {
  for (const name of Object.keys(options)) if (!KNOWN.has(name)) throw noEquivalent(name);
  const { secret, name, store, cookie = {}, proxy } = options;
  for (const key of Object.keys(cookie)) if (!COOKIE.has(key)) throw noEquivalent(`cookie.${key}`);
  if (isForeignStore(store)) {
    throw invalid(
      "store",
      'is a store of express-session, which keeps whole sessions and cannot merge. Name the server instead: store: "redis://host" or "postgres://host/database".',
    );
  }
  if (cookie.httpOnly === false) {
    throw invalid(
      "cookie.httpOnly",
      "cannot be false: a page's script must not read the session's cookie.",
    );
  }
  const { maxAge, domain, path, partitioned, sameSite } = cookie;
  if (maxAge !== undefined && maxAge !== null && (!Number.isFinite(maxAge) || maxAge < 1000)) {
    throw invalid("cookie.maxAge", "must be at least 1000 milliseconds.");
  }
  return {
    ...(secret !== undefined && { secret }),
    ...(store !== undefined && { store }),
    ...(typeof maxAge === "number" && { ttl: Math.round(maxAge / 1000) }),
    ...(proxy === true && { trustProxy: "loopback" as const }),
    cookie: { name, domain, path, partitioned, sameSite: siteOf(sameSite) },
  };
}

function siteOf(sameSite: boolean | "lax" | "strict" | "none" | undefined) {
  if (sameSite === true) return "strict";
  return sameSite === false ? undefined : sameSite;
}

function isForeignStore(store: unknown): boolean {
  return (
    typeof store === "object" &&
    store !== null &&
    "get" in store &&
    "set" in store &&
    !("read" in store)
  );
}

function noEquivalent(name: string): PersistError {
  return invalid(name, "has no equivalent here. docs/express-session.md lists what is different.");
}

function invalid(name: string, text: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", `session(): the option "${name}" ${text}`);
}
