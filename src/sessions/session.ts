import { PersistError } from "../errors.ts";
import { newSessionId, signToken, type VerifiedToken } from "../identity/index.ts";
import {
  peekInstance,
  type Registration,
  registrationOf,
  type StateClass,
} from "../state/index.ts";
import { scopes } from "./ambient.ts";
import {
  clearAttribute,
  clearSession,
  clearState,
  type CookieAction,
  cookieAction,
  goOnAfterLogin,
  headersSent,
  isUndecided,
  type LiveEngine,
  LiveSession,
  RequestLogin,
  rotateSession,
  scopeEnded,
  updateState,
  Watch,
  type WatchListener,
  type WatchOptions,
} from "./live/index.ts";
import { browserOwner, report, sessionEnded, userOwner, userText } from "./records/index.ts";
import type { SessionSource } from "./source.ts";
import { Scope } from "./scope.ts";

/** One browser, as one request, connection or worker sees it. Made by `sessions.open` and by the adapters. */
export class Session {
  readonly #engine: LiveEngine;
  readonly #source: SessionSource;
  #id: string | undefined;
  #presented: VerifiedToken | undefined;
  #base: Scope | undefined;
  readonly #rotationsBefore: number;
  #cleared = false;
  #started = false;
  #watchesOver = false;
  /** @internal The watches of this session; undefined if it never had one, which is the usual case. */
  watches: Set<Watch> | undefined;
  /** Set once the response's headers have left, with the id whose cookie they set, if any. */
  #sealed: { readonly told: string | undefined } | undefined;

  /** @internal */
  constructor(engine: LiveEngine, source: SessionSource) {
    this.#engine = engine;
    this.#source = source;
    this.#rotationsBefore = engine.rotations.count;
  }

  /** The session's id, a UUIDv4. Changes with `clear()` and `rotate()`. Not a secret by itself; the token is. */
  get id(): string {
    return (this.#id ??= this.#resolve());
  }

  /** The cookie's value. It gives access to the session: never log it. */
  get token(): string {
    return signToken(this.#engine.ring, this.#engine.cookieName, this.id);
  }

  /** Whether the browser came without a valid token. */
  get isNew(): boolean {
    return this.id !== this.#presented?.id;
  }

  /** Runs `fn` as a scope of this session: `restore` works inside it, and its changes are committed at its end, even if it throws. */
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

  /** The explicit form of `restore(stateClass)`. */
  async restore<T extends object>(stateClass: StateClass<T>): Promise<T> {
    const registration = registrationOf(stateClass);
    const scope = this.#scope();
    for (;;) {
      const live = this.#join(scope);
      const owner = this.#ownerFor(registration, live.id);
      const restored = live.restore(registration, owner, scope);
      // An embedded store answers at once, and an `await` would cost a promise.
      const state = restored instanceof Promise ? await restored : restored;
      if (state !== "ended") return state.instance as T;
      await goOnAfterLogin(live, scope);
    }
  }

  /**
   * Gives the state frozen and untracked, for reading a lot. It costs no comparison at the commit, and values are decoded once
   * per stored version in this process. Uncommitted changes of this scope show. Changing it throws a TypeError.
   */
  async peek<T extends object>(stateClass: StateClass<T>): Promise<Readonly<T>> {
    const registration = registrationOf(stateClass);
    const { live, owner, loaded } = await this.#look(registration, this.#scope());
    const held = live.find(registration, owner);
    const instance = peekInstance(registration, loaded.snapshot, held);
    // Frozen values that are kept with the snapshot count against the cache.
    if (loaded.snapshot !== undefined)
      this.#engine.cache.put(owner, registration.key, loaded.snapshot);
    return instance as Readonly<T>;
  }

  /**
   * Reads, modifies and writes the state exactly: n increments from n writers add up to n. Commits pending changes first. `fn` gets
   * a fresh instance, and runs again if another writer has written the record meanwhile, so it must have no other effect.
   *
   * @returns the result of `fn`
   * @throws PersistError `ERR_CONFLICT` after 10 s of conflicts, with nothing written; `ERR_HEADERS_SENT`
   */
  async update<T extends object, R>(
    stateClass: StateClass<T>,
    fn: (state: T) => R | Promise<R>,
  ): Promise<R> {
    const registration = registrationOf(stateClass);
    const scope = this.#scope();
    const { live, owner } = await this.#look(registration, scope);
    await scope.commit();
    return await updateState(live, registration, owner, fn, this);
  }

  /**
   * Calls `listener` after another writer changed the state: another tab, process or language. It gets the state as it is now, and runs
   * in a scope of its own: what it changes is committed, and `restore` works in it. Calls come one after the other; changes that
   * come in meanwhile are told in one. What this session object commits itself is not told. Needs no scope; on a
   * WebSocket of the `ws` adapter it ends with the socket, elsewhere call what it gives. A listener that throws is
   * told of by the event "error".
   *
   * @returns the function that stops it
   * @throws PersistError `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_HEADERS_SENT` (a browser without a cookie has nothing to watch), `ERR_STORE_…`
   */
  async watch<T extends object>(
    stateClass: StateClass<T>,
    listener: WatchListener<T>,
    { immediate = false, ended }: WatchOptions = {},
  ): Promise<() => void> {
    const registration = registrationOf(stateClass);
    const owner = this.#ownerFor(registration, this.id);
    this.#checkReach(owner, "watch()");
    const watch = new Watch(this.#engine, this, registration, owner, listener, ended);
    (this.watches ??= new Set()).add(watch);
    if (this.#watchesOver) watch.stop();
    else await watch.start(immediate);
    return () => watch.stop();
  }

  /** @internal Call when the session's connection has closed. */
  endWatches(): void {
    this.#watchesOver = true;
    for (const watch of this.watches ?? []) watch.stop();
  }

  /** Writes all changes so far. When it resolves, they are durable. */
  async commit(): Promise<void> {
    const scope = this.#scope();
    await scope.commit();
  }

  /**
   * Ends the life of one state, or of the session with all its states and its token. No late write brings them back.
   * A user's states (`owner: "user"`) stay: clear them by their class.
   */
  async clear(stateClass?: StateClass): Promise<void> {
    const scope = this.#scope();
    const live = await this.#alive(scope);
    if (stateClass !== undefined) {
      const registration = registrationOf(stateClass);
      const owner = this.#ownerFor(registration, live.id);
      this.#checkReach(owner, "clear()");
      return await clearState(live, scope, registration, owner);
    }
    const fresh = await clearSession(live, scope);
    this.#id = fresh.id;
    this.#cleared = true;
    this.#tellRequest(fresh);
  }

  /**
   * Gives one attribute the class's default again, durably, and keeps the others. It is not read for that: a way out of `ERR_DECODE`.
   * @throws PersistError `ERR_OPTION_INVALID` if there is no such attribute
   */
  async clearAttribute<T extends object>(stateClass: StateClass<T>, name: keyof T & string) {
    const registration = registrationOf(stateClass);
    const live = await this.#alive(this.#scope());
    await clearAttribute(live, registration, this.#ownerFor(registration, live.id), name);
  }

  /**
   * Gives the session a new id and keeps its data: call it with `{ login: true }` at a login that `identify` does not tell of.
   * @throws PersistError `ERR_HEADERS_SENT` if the new cookie can no longer reach the browser
   */
  async rotate({ login = false }: { login?: boolean } = {}): Promise<void> {
    const scope = this.#scope();
    if (this.#sealed !== undefined) throw headersSent("rotate()");
    const live = await rotateSession(await this.#alive(scope), scope, login);
    this.#id = live.id;
    this.#tellRequest(live);
  }

  /**
   * Gives the browser its cookie with this response, also if nothing is stored by then. For answers whose headers leave before the first
   * change (a stream, a subscription, a socket's handshake): call it before the first write. A browser that has its cookie is not sent another.
   *
   * @throws PersistError `ERR_HEADERS_SENT` if the headers have left without the cookie; `ERR_STORE_…`
   */
  async start(): Promise<void> {
    const scope = this.#scope();
    const { id } = this.isNew ? this.#join(scope) : await this.#alive(scope);
    this.#checkReach(browserOwner(id), "start()");
    this.#started = true;
  }

  /** @internal Who is signed in, if the app says it. */
  userText(): string | null | undefined {
    return userText(() => this.#source.identify());
  }

  /** @internal */
  goOnAfterLogin(live: LiveSession, scope: Scope): Promise<boolean> {
    return goOnAfterLogin(live, scope);
  }

  /** @internal The session goes on under another id, whose cookie the browser gets by this answer or by another. */
  goOnAs(live: LiveSession, scope: Scope): void {
    this.#id = live.id;
    if (this.#sealed !== undefined) this.#sealed = { told: live.id };
    scope.join(live);
  }

  /** @internal Opens the scope that lasts as long as a request. */
  begin(): Scope {
    this.#base = new Scope(this);
    if (this.#engine.followsLogins)
      this.#base.login = new RequestLogin(this.#base, () => this.#sealed !== undefined);
    return this.#base;
  }

  /**
   * @internal What the response must do with the cookie now.
   * @param early - the headers leave before the scope's end: a state that was restored may still be changed
   */
  cookieAction(early: boolean): CookieAction | undefined {
    const live = this.#base?.live;
    const action = cookieAction(live, this.#presented, { early, cleared: this.#cleared });
    if (action === "set" || !this.#started || live?.ended !== undefined) return action;
    return this.isNew ? "set" : action;
  }

  /**
   * @internal Whether the need for a cookie is still open: it has none, a state was or is being restored, and nothing has changed so far.
   */
  get undecided(): boolean {
    const live = this.#base?.live;
    return live !== undefined && !this.#started && this.isNew && isUndecided(live);
  }

  /**
   * @internal Call when the headers have left: from now on the browser cannot learn another id.
   * @param told - whether they set the cookie of the present id
   */
  headersLeft(told: boolean): void {
    this.#sealed = { told: told ? this.id : undefined };
    const live = this.#base?.live;
    if (live !== undefined) live.outOfReach = !this.#reaches(live.id);
  }

  #resolve(): string {
    const presented = this.#source.present();
    if (presented === "refused") this.#engine.events.emit("refused", { reason: "token" });
    if (typeof presented === "string") return newSessionId();
    this.#presented = presented;
    return presented.id;
  }

  #scope(): Scope {
    const ambient = scopes.getStore();
    if (ambient?.session === this && !ambient.ended) return ambient;
    if (this.#base !== undefined && !this.#base.ended) return this.#base;
    if (this.#base !== undefined || ambient?.session === this) throw scopeEnded();
    throw new PersistError(
      "ERR_NO_SESSION",
      "The session was used outside a scope, so nothing would say when its changes are complete. Wrap the work in session.run(…).",
    );
  }

  /** The live session of an open scope. If it has ended and the scope has not used it yet, the scope starts a new one. */
  #join(scope: Scope): LiveSession {
    const { live } = scope;
    if (live !== undefined && live.ended === undefined) return live;
    if (live !== undefined) this.#renew(scope);
    const { id } = this;
    const known = this.#presented?.id === id;
    const joined = scope.join(
      this.#engine.live.get(id) ?? new LiveSession(this.#engine, id, known),
    );
    joined.outOfReach = !this.#reaches(id);
    this.#tellRequest(joined);
    return joined;
  }

  /** A `run` within a request affects the request's cookie too. */
  #tellRequest(live: LiveSession): void {
    if (this.#base !== undefined && !this.#base.ended) this.#base.join(live);
  }

  /**
   * Treats a dead token as no token, unless this scope has already worked with the session, or the session got another id while the
   * request was under way: then the browser gets its new cookie by another answer.
   */
  #renew(scope: Scope): void {
    const { rotations } = this.#engine;
    const isLate = rotations.isSince(this.#rotationsBefore, this.#presented?.id ?? "");
    if (scope.restored.size > 0 || isLate) throw sessionEnded();
    this.#id = newSessionId();
  }

  async #look(registration: Registration, scope: Scope) {
    for (;;) {
      const live = this.#join(scope);
      const owner = this.#ownerFor(registration, live.id);
      const loaded = await live.queue.run(async () => await live.look(registration, owner));
      if (loaded !== "ended") return { live, owner, loaded };
      await goOnAfterLogin(live, scope);
    }
  }

  /** The live session, after asking the store whether its token is dead. */
  async #alive(scope: Scope): Promise<LiveSession> {
    for (;;) {
      const live = this.#join(scope);
      if (live.owners.has(live.owner)) return live;
      await live.ask();
      if (live.ended !== undefined) await goOnAfterLogin(live, scope);
    }
  }

  #ownerFor(registration: Registration, id: string): string {
    return registration.owner === "user"
      ? userOwner(this.#source.identify(), registration.stateClass.name)
      : browserOwner(id);
  }

  /** Whether the browser has this id's cookie, or can still be given it. */
  #reaches(id: string): boolean {
    return this.#sealed === undefined || (this.#sealed.told ?? this.#presented?.id) === id;
  }

  #checkReach(owner: string, call: string): void {
    if (owner === browserOwner(this.id) && !this.#reaches(this.id)) throw headersSent(call);
  }
}
