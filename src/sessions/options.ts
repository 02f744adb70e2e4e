import { PersistError } from "../errors.ts";
import {
  type CookieOptions,
  type Duration,
  parseDuration,
  type TrustProxy,
} from "../identity/index.ts";
import type { Store, WrongStoreUrl } from "../store/index.ts";
import type { Identity } from "./records/index.ts";

/**
 * Options of `createSessions` and of every adapter. Durations are seconds, or "30d". `R` is the
 * request that `identify` gets: each adapter's own. `U` is the literal text of the store's URL, if
 * it is one.
 */
export interface SessionsOptions<R extends object = object, U extends string = string> {
  /**
   * A store, or the URL of one: "lmdb:./dir", "redis://host", "postgres://host/database",
   * "memory:". Default: LMDB in `stateDir`.
   */
  store?: Store | U;
  /**
   * The directory of the embedded store and of a secret that was made on the first start. Default:
   * the LMDB store's directory, else ".persist-session".
   */
  stateDir?: string;
  /**
   * The secret, or several, newest first. Default: PERSIST_SESSION_SECRET, else one that is made
   * once and kept in `stateDir`.
   */
  secret?: string | readonly string[];
  /**
   * Whether stored values are sealed (AES-256-GCM, with keys derived from the secret), so that only
   * those who have the secret can read them. Values in the store are read either way.
   * Default true.
   */
  encrypt?: boolean;
  /** How long a session is kept after its last use. Default "30d". */
  ttl?: Duration;
  /**
   * How long a session lasts at most, however much it is used: after that its token is dead and its
   * states are gone. Starts again when a user signs in (`identify`, `rotate({ login: true })`).
   * Default: no limit.
   */
  maxLifetime?: Duration;
  /**
   * The cookie: name, sameSite, partitioned, domain, path. Default: `SameSite=Lax`, for this host,
   * on every path.
   */
  cookie?: CookieOptions;
  /**
   * For clients other than browsers (native apps, programs): they send
   * `Authorization: Bearer <token>`, and an answer gives them their token in the header
   * `session-token`, empty if the session is over. No cookie is read or set. Default false.
   */
  bearer?: boolean;
  /**
   * Whose X-Forwarded-* headers count: `false` (default), "loopback", or a list of addresses and
   * CIDRs.
   */
  trustProxy?: TrustProxy;
  /**
   * Origins whose pages may open WebSockets with the session, besides the app's own:
   * "https://portal.example.com", or several. Default: none.
   */
  allowOrigin?: string | readonly string[];
  /**
   * Says who is signed in, for states of `owner: "user"`. Called with the adapter's request each
   * time such a state is used. Default: no user is ever signed in.
   */
  // A method, so that an app may name a narrower type: its framework's own, if ours is only as much
  // of it as the adapter needs.
  // oxlint-disable-next-line typescript/method-signature-style -- as said
  identify?(this: void, request: R): Identity;
  /**
   * Whether a session gets another id, with its states kept, when `identify` says that a user has
   * signed in, or another user. Default true.
   */
  rotateOnLogin?: boolean;
  /** How long the records of a session live if its cookie has not come back yet. Default "24h". */
  newSessionTtl?: Duration;
  /** The most bytes of one attribute (default 16 MiB) and of one session (default 64 MiB). */
  limits?: { attribute?: number; session?: number };
  /** The most bytes of stored records that this process caches. Default 64 MiB. */
  cacheBytes?: number;
  /**
   * How often expired records are removed. Default "1m"; `false` for never (call
   * `sessions.sweep()`).
   */
  sweepInterval?: Duration | false;
  /** Where warnings go, one line each. Default: `console.warn`. */
  log?: (line: string) => void;
}

/** The options as functions take them: a text that is not a valid store URL does not compile. */
export type GivenOptions<R extends object, U extends string> = SessionsOptions<R, U> &
  CheckedStore<U>;

/**
 * `unknown` if the text may be a store URL; otherwise a type whose message says which URLs exist.
 */
export type CheckedStore<U extends string> = [WrongStoreUrl<U>] extends [never]
  ? unknown
  : {
      store: `"${WrongStoreUrl<U>}" is no store URL, such as lmdb:./dir, redis://host, postgres://host/database or memory:`;
    };

const MIB = 1024 * 1024;

/** The options with their defaults, in milliseconds and bytes. */
export interface ResolvedOptions {
  readonly encrypt: boolean;
  readonly ttl: number;
  readonly maxLifetime: number | undefined;
  readonly rotateOnLogin: boolean;
  readonly bearer: boolean;
  readonly touchInterval: number;
  readonly newSessionTtl: number;
  readonly limits: { readonly attribute: number; readonly session: number };
  readonly cacheBytes: number;
  readonly sweepInterval: number | undefined;
  readonly log: (line: string) => void;
}

const KNOWN = new Set([
  "store",
  "stateDir",
  "secret",
  "encrypt",
  "ttl",
  "maxLifetime",
  "cookie",
  "bearer",
  "trustProxy",
  "allowOrigin",
  "identify",
  "rotateOnLogin",
  "newSessionTtl",
  "limits",
  "cacheBytes",
  "sweepInterval",
  "log",
]);

/** @throws PersistError `ERR_OPTION_INVALID` */
export function resolveOptions(options: SessionsOptions): ResolvedOptions {
  const stray = Object.keys(options).find((name) => !KNOWN.has(name));
  if (stray !== undefined) throw invalid(stray, `one of ${[...KNOWN].join(", ")}`);
  const ttl = parseDuration(options.ttl ?? "30d", "ttl");
  const { rotateOnLogin = true, bearer = false, encrypt = true } = options;
  if (typeof bearer !== "boolean") throw invalid("bearer", "true or false");
  if (typeof encrypt !== "boolean") throw invalid("encrypt", "true or false");
  if (typeof rotateOnLogin !== "boolean") throw invalid("rotateOnLogin", "true or false");
  const sweepInterval = options.sweepInterval ?? "1m";
  const limits = {
    attribute: size(options.limits?.attribute ?? 16 * MIB, "limits.attribute"),
    session: size(options.limits?.session ?? 64 * MIB, "limits.session"),
  };
  return {
    encrypt,
    ttl,
    maxLifetime:
      options.maxLifetime === undefined
        ? undefined
        : parseDuration(options.maxLifetime, "maxLifetime"),
    rotateOnLogin,
    bearer,
    // A tenth keeps renewals rare. A day at most keeps stored records from outliving the cookie by
    // much.
    touchInterval: Math.max(1, Math.min(ttl / 10, 86_400_000)),
    newSessionTtl: parseDuration(options.newSessionTtl ?? "24h", "newSessionTtl"),
    limits,
    cacheBytes: size(options.cacheBytes ?? 64 * MIB, "cacheBytes", 0),
    sweepInterval:
      sweepInterval === false ? undefined : parseDuration(sweepInterval, "sweepInterval"),
    // oxlint-disable-next-line no-console -- warnings must be seen if no log has been set up
    log: options.log ?? ((line) => console.warn(line)),
  };
}

function size(value: number, name: string, least = 1): number {
  if (!Number.isFinite(value) || value < least)
    throw invalid(name, `a number of bytes, at least ${least}`);
  return value;
}

function invalid(name: string, expected: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", `The option "${name}" must be ${expected}.`);
}
