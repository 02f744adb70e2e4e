import { PersistError } from "../errors.ts";
import { signToken } from "../identity/index.ts";
import {
  type DeepReadonly,
  peekInstance,
  registrationOf,
  type StateClass,
} from "../state/index.ts";
import { scopes } from "./ambient.ts";
import { SessionEntry, type SessionSource } from "./session-entry.ts";
import {
  clearAttribute,
  clearSession,
  clearState,
  type CookieAction,
  goOnAfterLogin,
  headersSent,
  isUndecided,
  type LiveEngine,
  type LiveSession,
  RequestLogin,
  rotateSession,
  scopeEnded,
  updateState,
  Watch,
  type WatchListener,
  type WatchOptions,
} from "./live/index.ts";
import { browserOwner, report, userText } from "./records/index.ts";
import type { RequestScope } from "./request/index.ts";
import { Scope } from "./scope.ts";

/**
 * One browser, as one request, connection or worker sees it. Made by `sessions.open` and by the
 * adapters.
 *
 * @example
 * ```ts
 * import { createSessions, persist } from "persist-session";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const session = await createSessions({ store: "memory:" }).open();
 * await session.run(async () => {
 *   const cart = await session.restore(Cart);
 *   cart.items.push("tea");
 *   await session.commit(); // stored from here on
 *   await session.rotate(); // a new id, the same cart
 * });
 * ```
 */
export class Session {
  readonly #engine: LiveEngine;
  readonly #entry: SessionEntry;
  #watchesOver = false;
  #request: RequestScope | undefined;
  /** @internal The watches of this session; undefined if it never had one, as is usual. */
  watches: Set<Watch> | undefined;

  /** @internal */
  constructor(engine: LiveEngine, source: SessionSource) {
    this.#engine = engine;
    this.#entry = new SessionEntry(engine, source);
  }

  /** The id, a UUIDv4. Changes with `clear()` and `rotate()`. Not a secret; the token is. */
  get id(): string {
    return this.#entry.id;
  }

  /** The cookie's value. It gives access to the session: never log it. */
  get token(): string {
    return signToken(this.#engine.ring, this.#engine.cookieName, this.id);
  }

  /** Whether the browser came without a valid token. */
  get isNew(): boolean {
    return this.#entry.isNew;
  }

  /**
   * Runs `fn` as a scope: `restore` works in it. Commits at its end, even if it throws.
   *
   * @returns the result of `fn`
   * @throws what `fn` throws (if the commit fails too, the event "error" is emitted), or what
   * `commit()` throws
   */
  async run<T>(fn: () => T | Promise<T>): Promise<T> {
    const scope = new Scope(this);
    let result: T;
    try {
      result = await scopes.run(scope, fn);
    } catch (error) {
      // The caller must get its own failure. That of the commit goes to the log.
      await scope.end().catch((commitError: unknown) => report(this.#engine, commitError));
      throw error;
    }
    await scope.end();
    return result;
  }

  /**
   * The explicit form of `restore(stateClass)`.
   *
   * @throws PersistError `ERR_NO_SESSION` outside a scope, `ERR_SCOPE_ENDED` after it;
   * `ERR_NOT_PERSISTED`, `ERR_CLASS_FROZEN`; `ERR_NO_USER`; `ERR_SESSION_ENDED` if another request
   * has ended the session that this scope works with; `ERR_SCHEMA_…`, `ERR_MIGRATE_…`, `ERR_DECODE`
   * and `ERR_CONFLICT` of a migration; `ERR_COOKIE_UNREADABLE`, `ERR_TOKEN_MISPLACED`;
   * `ERR_STORE_…`
   */
  async restore<T extends object>(stateClass: StateClass<T>): Promise<T> {
    const registration = registrationOf(stateClass);
    const scope = this.#scope();
    for (;;) {
      const live = this.#entry.join(scope);
      const owner = this.#entry.ownerFor(registration, live.id);
      const restored = live.restore(registration, owner, scope);
      // An embedded store answers at once, and an `await` would cost a promise.
      const state = restored instanceof Promise ? await restored : restored;
      if (state !== "ended") return state.instance as T;
      await goOnAfterLogin(live, scope);
    }
  }

  /**
   * Gives the state frozen and untracked, for reading a lot. It costs no comparison at the commit,
   * and values are decoded once per stored version in this process. Uncommitted changes of this
   * scope show. Changing it throws a TypeError.
   *
   * @throws PersistError what `restore()` throws
   */
  async peek<T extends object>(stateClass: StateClass<T>): Promise<DeepReadonly<T>> {
    const registration = registrationOf(stateClass);
    return await this.#entry.read(registration, this.#scope(), ({ live, owner, loaded }) => {
      const held = live.find(registration, owner);
      const instance = peekInstance(registration, loaded.snapshot, held);
      // Frozen values that are kept with the snapshot count against the cache.
      if (loaded.snapshot !== undefined)
        this.#engine.cache.put(owner, registration.key, loaded.snapshot);
      return instance as DeepReadonly<T>;
    });
  }

  /**
   * Reads, modifies and writes the state exactly: n increments from n writers add up to n. Commits
   * pending changes first. `fn` gets a fresh instance, and runs again if another writer has written
   * the record meanwhile, so it must have no other effect.
   *
   * @returns the result of `fn`
   * @throws what `fn` throws; a PersistError `ERR_CONFLICT` after 10 s of conflicts, with nothing
   * written; `ERR_NESTED_UPDATE`; what `restore()` and `commit()` throw
   */
  async update<T extends object, R>(
    stateClass: StateClass<T>,
    fn: (state: T) => R | Promise<R>,
  ): Promise<R> {
    const registration = registrationOf(stateClass);
    const scope = this.#scope();
    const { live, owner } = await this.#entry.read(registration, scope, (read) => read);
    await scope.commit();
    return await updateState(live, registration, owner, fn, this);
  }

  /**
   * Calls `listener` after another writer changed the state: another tab, process or language. It
   * gets the state as it is now, and runs in a scope of its own: what it changes is committed, and
   * `restore` works in it. Calls come one after the other; changes that arrive meanwhile are
   * reported in one call. Commits of this session object itself are not reported. Needs no scope.
   * On a WebSocket of the `ws` adapter it ends with the socket; elsewhere call the function that it
   * returns. If a listener throws, the event "error" is emitted.
   *
   * @returns the function that stops it
   * @throws PersistError `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_HEADERS_SENT` (a browser without
   * a cookie has nothing to watch), `ERR_STORE_…`
   */
  async watch<T extends object>(
    stateClass: StateClass<T>,
    listener: WatchListener<T>,
    options: WatchOptions = {},
  ): Promise<() => void> {
    const registration = registrationOf(stateClass);
    const owner = this.#entry.ownerFor(registration, this.id);
    this.#entry.checkReach(owner, "watch()");
    return await this.#watch(new Watch(this.#engine, this, registration, owner, listener, options));
  }

  /** @internal Like `watch`, but tells the session's end alone. */
  async watchEnd(options: Pick<WatchOptions, "ended" | "stopped">): Promise<() => void> {
    const owner = browserOwner(this.id);
    this.#entry.checkReach(owner, "watch()");
    return await this.#watch(
      new Watch(this.#engine, this, undefined, owner, () => undefined, options),
    );
  }

  async #watch(watch: Watch): Promise<() => void> {
    (this.watches ??= new Set()).add(watch);
    if (this.#watchesOver) watch.stop();
    else await watch.start();
    return () => watch.stop();
  }

  /** @internal Call when the session's connection has closed. */
  endWatches(): void {
    this.#watchesOver = true;
    for (const watch of this.watches ?? []) watch.stop();
  }

  /**
   * Writes all changes so far. When it resolves, they are durable.
   *
   * @throws PersistError `ERR_VALUE_UNSUPPORTED`, `ERR_SELF_REFERENCE`, `ERR_ATTRIBUTE_TOO_LARGE`,
   * `ERR_SESSION_TOO_LARGE`, `ERR_SCHEMA_MISMATCH`, `ERR_HEADERS_SENT`, `ERR_STORE_…`,
   * `ERR_OUTCOME_UNKNOWN`; `ERR_NO_SESSION` outside a scope, `ERR_SCOPE_ENDED` after it
   */
  async commit(): Promise<void> {
    const scope = this.#scope();
    await scope.commit();
  }

  /**
   * Ends the life of one state, or of the session with all its states and its token. No late write
   * brings them back. A user's states (`owner: "user"`) stay: clear them by their class.
   *
   * @throws PersistError `ERR_NO_SESSION` outside a scope, `ERR_SCOPE_ENDED` after it;
   * `ERR_SESSION_ENDED`; `ERR_STORE_…`, `ERR_OUTCOME_UNKNOWN`. Of one state: `ERR_NOT_PERSISTED`,
   * `ERR_NO_USER`, `ERR_HEADERS_SENT`. Of the session: what `commit()` throws for a user's states
   */
  async clear(stateClass?: StateClass): Promise<void> {
    const scope = this.#scope();
    const live = await this.#entry.alive(scope);
    if (stateClass !== undefined) {
      const registration = registrationOf(stateClass);
      const owner = this.#entry.ownerFor(registration, live.id);
      this.#entry.checkReach(owner, "clear()");
      return await clearState(live, scope, registration, owner);
    }
    const fresh = await clearSession(live, scope);
    this.#entry.id = fresh.id;
    this.#entry.isCleared = true;
    this.#entry.tellRequest(fresh);
  }

  /**
   * Gives one attribute the class's default again, durably, and keeps the others. The stored value
   * is not read: a way out of `ERR_DECODE`.
   *
   * @throws PersistError `ERR_OPTION_INVALID` if there is no such attribute; `ERR_NOT_PERSISTED`;
   * `ERR_NO_USER`; `ERR_CONFLICT` if others change the record 20 times meanwhile;
   * `ERR_SESSION_ENDED`; `ERR_STORE_…`, `ERR_OUTCOME_UNKNOWN`; `ERR_NO_SESSION` outside a scope,
   * `ERR_SCOPE_ENDED` after it
   */
  async clearAttribute<T extends object>(stateClass: StateClass<T>, name: keyof T & string) {
    const registration = registrationOf(stateClass);
    const live = await this.#entry.alive(this.#scope());
    await clearAttribute(live, registration, this.#entry.ownerFor(registration, live.id), name);
  }

  /**
   * Gives the session a new id and keeps its data: call it with `{ login: true }` at a login that
   * `identify` does not report.
   *
   * @throws PersistError `ERR_HEADERS_SENT` if the new cookie can no longer reach the browser;
   * `ERR_CONFLICT` if other processes keep writing for 20 s; `ERR_SESSION_ENDED`; what `commit()`
   * throws
   */
  async rotate({ login = false }: { login?: boolean } = {}): Promise<void> {
    const scope = this.#scope();
    if (this.#entry.hasLeft) throw headersSent("rotate()");
    const live = await rotateSession(await this.#entry.alive(scope), scope, login);
    this.#entry.id = live.id;
    this.#entry.tellRequest(live);
  }

  /**
   * Gives the browser its cookie with this response, even if nothing is stored by then. For answers
   * whose headers leave before the first change (a stream, a subscription, a socket's handshake):
   * call it before the first write. A browser that has its cookie gets no other one.
   *
   * @throws PersistError `ERR_HEADERS_SENT` if the headers have left without the cookie;
   * `ERR_SESSION_ENDED`; `ERR_STORE_…`; `ERR_NO_SESSION` outside a scope, `ERR_SCOPE_ENDED` after
   * it
   */
  async start(): Promise<void> {
    const scope = this.#scope();
    const { id } = this.isNew ? this.#entry.join(scope) : await this.#entry.alive(scope);
    this.#entry.checkReach(browserOwner(id), "start()");
    this.#entry.isWanted = true;
  }

  /** @internal Who is signed in, if the app says it. */
  userText(): string | null | undefined {
    return userText(() => this.#entry.source.identify());
  }

  /** @internal */
  goOnAfterLogin(live: LiveSession, scope: Scope): Promise<boolean> {
    return goOnAfterLogin(live, scope);
  }

  /** @internal The session goes on under another id. This answer or another brings its cookie. */
  goOnAs(live: LiveSession, scope: Scope): void {
    this.#entry.id = live.id;
    if (this.#entry.hasLeft) this.#entry.leaves(live.id);
    scope.join(live);
  }

  /** @internal The request that it belongs to; undefined if it belongs to none. */
  get request(): RequestScope | undefined {
    return this.#request;
  }

  /** @internal Whether it is of these sessions, or of others that share store and records. */
  isOf(sessions: { readonly engine: LiveEngine }): boolean {
    return this.#engine.live === sessions.engine.live;
  }

  /** @internal Whether the headers of an answer to the request have left. */
  get answered(): boolean {
    return this.#entry.hasLeft;
  }

  /**
   * @internal Opens the scope that lasts as long as a request.
   * @param request - the one that it belongs to; if it is not the first, that is answered anew
   */
  begin(request?: RequestScope): Scope {
    const before = this.#request === undefined ? undefined : this.#entry.base?.live;
    this.#request = request;
    this.#entry.base = new Scope(this);
    if (before !== undefined) this.#entry.goOn(before);
    if (this.#engine.followsLogins)
      this.#entry.base.login = new RequestLogin(this.#entry.base, () => this.#entry.hasLeft);
    return this.#entry.base;
  }

  /** @internal What the response must do with the cookie. @param early - changes may still come */
  cookieAction(early: boolean): CookieAction | undefined {
    return this.#entry.cookieAction(early);
  }

  /** @internal Whether a cookie may still be needed: none yet, a state in use, nothing changed. */
  get undecided(): boolean {
    const live = this.#entry.base?.live;
    return live !== undefined && !this.#entry.isWanted && this.isNew && isUndecided(live);
  }

  /**
   * @internal Call when the headers have left: from now on the browser cannot learn another id.
   * @param told - whether they set the cookie of the present id
   */
  headersLeft(told: boolean): void {
    this.#entry.leaves(told ? this.id : undefined);
    const live = this.#entry.base?.live;
    if (live !== undefined) live.outOfReach = !this.#entry.reaches(live.id);
  }

  #scope(): Scope {
    const ambient = scopes.getStore();
    if (ambient?.session === this && !ambient.ended) return ambient;
    if (this.#entry.base !== undefined && !this.#entry.base.ended) return this.#entry.base;
    if (this.#entry.base !== undefined || ambient?.session === this) throw scopeEnded();
    throw new PersistError(
      "ERR_NO_SESSION",
      "The session was used outside a scope, so nothing would say when its changes are complete. Wrap the work in session.run(…).",
    );
  }
}
