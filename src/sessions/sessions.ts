import { knowCopies } from "../process-wide.ts";
import {
  type AllowedOrigins,
  cookieName,
  type CookieSettings,
  cookieSettings,
  type HeaderSource,
  type KeyRing,
  type OriginClaims,
  pageOrigin,
  type PageOrigin,
  parseAllowedOrigins,
  parseTrustProxy,
  type ProxyTrust,
  SeenCookies,
  verifyToken,
} from "../identity/index.ts";
import {
  cookieLife,
  type Identity,
  isDead,
  report,
  type SessionEventName,
  type SessionEvents,
} from "./records/index.ts";
import { ForeignOrigins } from "./foreign-origins.ts";
import type { LiveEngine } from "./live/index.ts";
import { makeEngine, warner } from "./make-engine.ts";
import { type GivenOptions, resolveOptions, type SessionsOptions } from "./options.ts";
import { findSecret, prepareStore } from "./prepared-store.ts";
import {
  bearerName,
  headerOf,
  noCookies,
  type RequestOptions,
  RequestScope,
} from "./request/index.ts";
import { Session } from "./session.ts";
import type { SessionSource } from "./session-entry.ts";
import { Sweeper } from "./sweeper.ts";
import { SealedStore } from "../sealing/index.ts";
import type { SessionInfo } from "../store/index.ts";

/**
 * All sessions of an app: opens them, emits their events, removes expired ones.
 *
 * @example
 * ```ts
 * import { createSessions } from "persist-session";
 *
 * const sessions = createSessions({ store: "memory:" });
 * sessions.on("commit", ({ states }) => console.log(states));
 * await sessions.ready; // the store is open
 * console.log(await sessions.sweep()); // 0
 * await sessions.close();
 * ```
 */
export class Sessions {
  /** Resolves when the store is open; rejects with the reason if it cannot be opened. */
  readonly ready: Promise<void>;
  /** The cookie's base name and its attributes, with every default filled in. */
  readonly cookie: CookieSettings;
  /**
   * Whether clients bring and get their token in headers, and no cookie is set (option `bearer`).
   */
  readonly bearer: boolean;
  /** @internal */ readonly trust: ProxyTrust;
  /** @internal */ readonly allowedOrigins: AllowedOrigins;
  /** @internal */ readonly foreignOrigins: ForeignOrigins;
  /** @internal */ readonly identified: ((request: object) => Identity) | undefined;
  /** @internal */ readonly seenPlain = new SeenCookies();
  /** @internal Over HTTPS another cookie counts. */ readonly seenSecure = new SeenCookies();
  /** How long a session is kept after its last use, in milliseconds. */
  readonly ttl: number;
  readonly #engine: LiveEngine;
  readonly #sweeper: Sweeper;
  readonly #base: Sessions | undefined;

  /**
   * @internal Use `createSessions`.
   * @param base - sessions of the same options but for the functions. Store, records and events are
   *   theirs; `identify` and `log` are not
   */
  constructor(options: SessionsOptions, base?: Sessions) {
    const resolved = resolveOptions(options);
    this.#base = base;
    if (base !== undefined) {
      this.ready = base.ready;
      this.cookie = base.cookie;
      this.bearer = base.bearer;
      this.trust = base.trust;
      this.allowedOrigins = base.allowedOrigins;
      this.identified = options.identify;
      this.ttl = base.ttl;
      this.#engine = { ...base.engine, warn: warner(resolved) };
      this.foreignOrigins = new ForeignOrigins((line) => this.#engine.warn(line));
      // Its timer is that of the base.
      this.#sweeper = new Sweeper(this.#engine.store, this.#engine.events);
      return;
    }
    const prepared = prepareStore(options);
    const secret = findSecret(options, prepared);
    this.cookie = cookieSettings(options.cookie, secret.appId);
    this.bearer = resolved.bearer;
    this.trust = parseTrustProxy(options.trustProxy);
    this.allowedOrigins = parseAllowedOrigins(options.allowOrigin);
    this.identified = options.identify;
    this.ttl = resolved.ttl;
    // Last: refused options must leave nothing open.
    const { store: opened, opening } = prepared.open();
    const store = new SealedStore(opened, { ring: secret.ring, seals: resolved.encrypt });
    this.#engine = makeEngine(
      resolved,
      store,
      secret.ring,
      resolved.bearer ? bearerName(this.cookie.name) : this.cookie.name,
      resolved.rotateOnLogin && options.identify !== undefined,
    );
    this.foreignOrigins = new ForeignOrigins((line) => this.#engine.warn(line));
    this.#sweeper = new Sweeper(store, this.#engine.events);
    if (resolved.sweepInterval !== undefined) this.#sweeper.start(resolved.sweepInterval);
    this.ready = opening.then(async () => await store.check());
    // Logged at the start, not only shown to the first visitor. Each later call fails with the same
    // error.
    this.ready.catch((error: unknown) =>
      this.#engine.warn(error instanceof Error ? error.message : String(error)),
    );
  }

  /**
   * Opens the session of a token, or a new session if the token is missing, dead or refused.
   * @param context - `identify` says who is signed in, for states of `owner: "user"`
   * @throws PersistError `ERR_STORE_…` if the store cannot be asked about the token
   */
  async open(token?: string, context: { identify?: () => Identity } = {}): Promise<Session> {
    const { ring, cookieName } = this.#engine;
    const verified = token === undefined ? undefined : verifyToken(ring, cookieName, token);
    const dead = verified !== undefined && (await isDead(this.#engine, verified.id));
    const present =
      verified === undefined || dead ? (token === undefined ? "none" : "refused") : verified;
    const session = new Session(this.#engine, {
      present: () => present,
      identify: () => context.identify?.(),
    });
    // Fixes the id now, not at the first use.
    void session.id;
    return session;
  }

  /**
   * The session of a request by its Cookie header, as a scope with what sets the cookie on the
   * answer: the base of adapters. Reads nothing before a state is used.
   *
   * @throws PersistError `ERR_OPTION_INVALID` in the bearer mode, which knows no cookie: take
   * `fromRequest`. Not here, but at the session's first use: `ERR_COOKIE_UNREADABLE`,
   * `ERR_TOKEN_MISPLACED`
   */
  fromCookie(header: string | null | undefined, options: RequestOptions = {}): RequestScope {
    if (this.bearer) throw noCookies();
    return requestScope(this, { cookie: header ?? undefined }, options);
  }

  /**
   * The same by all headers of the request, a `Headers` object or as Node has them: by its cookie,
   * or with the option `bearer` by its `Authorization`. With them, `trustProxy` and the check of
   * WebSockets' origins work too.
   *
   * @throws PersistError not here, but at the session's first use: `ERR_COOKIE_UNREADABLE`,
   * `ERR_TOKEN_MISPLACED`
   */
  fromRequest(headers: HeaderSource, options: RequestOptions = {}): RequestScope {
    return requestScope(this, headers, options);
  }

  /**
   * The cookie's name as a browser knows it. @param secure - whether the browser came over HTTPS
   */
  cookieName(secure: boolean): string {
    return cookieName(this.cookie.name, secure, this.cookie);
  }

  /**
   * @internal How long a browser keeps a session's cookie, in milliseconds. The session begins now
   * if it has not.
   */
  cookieLife(session: string): number {
    const { beginnings } = this.#engine;
    if (beginnings.maxLifetime !== undefined) beginnings.begin(session);
    return cookieLife(this.#engine, session);
  }

  /** @internal The session of a request, which costs nothing until it is used. */
  request(source: SessionSource): Session {
    return new Session(this.#engine, source);
  }

  /** @internal Whose page sent a request. */
  pageOrigin(claims: OriginClaims): PageOrigin {
    return pageOrigin(claims, this.allowedOrigins);
  }

  /** @internal */
  get ring(): KeyRing {
    return this.#engine.ring;
  }

  /** @internal For the gateway, which answers for sessions that it holds no objects of. */
  get engine(): LiveEngine {
    return this.#engine;
  }

  /**
   * Calls `listener` at each event of that name. If a listener throws, the event "error" is
   * emitted.
   *
   * @returns the function that stops it
   * @throws TypeError if `listener` is no function
   */
  on<N extends SessionEventName>(name: N, listener: (event: SessionEvents[N]) => void): () => void {
    return this.#engine.events.on(name, listener);
  }

  /**
   * Removes expired sessions now, as the timer does by itself.
   *
   * @returns how many entries were removed
   * @throws PersistError `ERR_STORE_…`
   */
  async sweep(): Promise<number> {
    return await this.#sweeper.sweep();
  }

  /**
   * Lists the owners that have something stored, in no particular order.
   *
   * @throws PersistError `ERR_STORE_…`, while you iterate
   */
  list(): AsyncIterable<SessionInfo> {
    return this.#engine.store.sessions();
  }

  /**
   * Waits for work under way, then closes the store. Later calls fail with `ERR_STORE_CLOSED`.
   * Closing twice is fine.
   *
   * @throws what the `close()` of the store throws
   */
  async close(): Promise<void> {
    if (this.#base !== undefined) return await this.#base.close();
    const watches = [...this.#engine.watches];
    for (const watch of watches) watch.stop();
    await Promise.all([this.#sweeper.stop(), ...watches.map(async (watch) => await watch.idle())]);
    await Promise.allSettled(
      this.#engine.live.values().map(async (live) => await live.queue.run(async () => {})),
    );
    await this.#engine.store.close();
  }

  /** @internal For adapters: reports a failure that no caller can be told about. */
  report(error: unknown): void {
    report(this.#engine, error);
  }
}

knowCopies(Sessions, "sessions.1");

/**
 * Joins a store, a secret and the persisted classes. The adapters call it with the same options.
 * Call it yourself in workers, tests and other frameworks.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 * @example
 * ```ts
 * import { createSessions, persist, restore } from "persist-session";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const sessions = createSessions({ store: "memory:", ttl: "7d" });
 * const session = await sessions.open();
 * await session.run(async () => {
 *   (await restore(Cart)).items.push("tea");
 * });
 *
 * const again = await sessions.open(session.token); // as the browser's cookie does
 * await again.run(async () => {
 *   console.log((await restore(Cart)).items); // [ 'tea' ]
 * });
 * await sessions.close();
 * ```
 */
export function createSessions<U extends string = string>(
  options?: GivenOptions<object, U>,
): Sessions {
  return new Sessions(options ?? {});
}

function requestScope(
  sessions: Sessions,
  headers: HeaderSource,
  { request = {}, secure = false, remoteAddress }: RequestOptions,
): RequestScope {
  const cookie = headerOf(headers, "cookie");
  return new RequestScope(sessions, { request, headers, cookie, remoteAddress, encrypted: secure });
}
