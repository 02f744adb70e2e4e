import { newSessionId, type VerifiedToken } from "../identity/index.ts";
import type { Registration } from "../state/index.ts";
import {
  type CookieAction,
  cookieAction,
  goOnAfterLogin,
  headersSent,
  type LiveEngine,
  LiveSession,
} from "./live/index.ts";
import {
  browserOwner,
  type Identity,
  type Loaded,
  sessionEnded,
  userOwner,
} from "./records/index.ts";
import type { Scope } from "./scope.ts";

/** What `open` and the adapters know about the caller. */
export interface SessionSource {
  /** The token that the caller came with; asked when the session is first used. */
  present(): VerifiedToken | "none" | "refused";
  /**
   * Who is signed in; asked each time a state of `owner: "user"` is used, and for logins before an
   * answer leaves.
   */
  identify(): Identity;
}

interface Read {
  readonly live: LiveSession;
  readonly owner: string;
  readonly loaded: Loaded;
}

/**
 * How a session object finds the live session of its id: the one of the browser's cookie, a new
 * one, or its successor.
 */
export class SessionEntry {
  readonly engine: LiveEngine;
  readonly source: SessionSource;
  /** The scope that lasts as long as a request. */
  base: Scope | undefined;
  /** The browser must get its cookie even if nothing is stored. */
  isWanted = false;
  /** The session was cleared by this request. */
  isCleared = false;
  readonly #rotationsBefore: number;
  #id: string | undefined;
  #presented: VerifiedToken | undefined;
  /** Set once the response's headers have left, with the id whose cookie they set, if any. */
  #left: { readonly told: string | undefined } | undefined;

  constructor(engine: LiveEngine, source: SessionSource) {
    this.engine = engine;
    this.source = source;
    this.#rotationsBefore = engine.rotations.count;
  }

  get id(): string {
    return (this.#id ??= this.#resolve());
  }

  set id(id: string) {
    this.#id = id;
  }

  #resolve(): string {
    const presented = this.source.present();
    if (presented === "refused") this.engine.events.emit("refused", { reason: "token" });
    if (typeof presented === "string") return newSessionId();
    this.#presented = presented;
    return presented.id;
  }

  /**
   * The live session of an open scope. If it has ended and the scope has not used it yet, the scope
   * starts a new one.
   */
  join(scope: Scope): LiveSession {
    const { live } = scope;
    if (live !== undefined && live.ended === undefined) return live;
    if (live !== undefined) this.#renew(scope);
    const { id } = this;
    const tokenSeen = this.#presented?.id === id;
    const joined = scope.join(
      this.engine.live.get(id) ?? new LiveSession(this.engine, id, tokenSeen),
    );
    joined.outOfReach = !this.reaches(id);
    this.tellRequest(joined);
    return joined;
  }

  /** A `run` within a request affects the request's cookie too. */
  tellRequest(live: LiveSession): void {
    if (this.base !== undefined && !this.base.ended) this.base.join(live);
  }

  /**
   * Treats a dead token like no token, unless this scope has already worked with the session, or
   * the session got another id during the request: then another answer brings the browser its new
   * cookie.
   */
  #renew(scope: Scope): void {
    const { rotations } = this.engine;
    const isLate = rotations.isSince(this.#rotationsBefore, this.#presented?.id ?? "");
    if (scope.restored.size > 0 || isLate) throw sessionEnded();
    this.#id = newSessionId();
  }

  /** What the store holds of a state. An embedded store answers at once. */
  read<T>(registration: Registration, scope: Scope, use: (read: Read) => T): T | Promise<T> {
    const live = this.join(scope);
    const owner = this.ownerFor(registration, live.id);
    const loaded = live.readNow(registration, owner);
    if (loaded !== undefined && loaded !== "ended") return use({ live, owner, loaded });
    return this.#readInTurn(registration, scope, loaded === "ended" ? live : undefined, use);
  }

  /** @param ended - the session that the scope has just found ended */
  async #readInTurn<T>(
    registration: Registration,
    scope: Scope,
    ended: LiveSession | undefined,
    use: (read: Read) => T,
  ): Promise<T> {
    if (ended !== undefined) await goOnAfterLogin(ended, scope);
    for (;;) {
      const live = this.join(scope);
      const owner = this.ownerFor(registration, live.id);
      // Within the turn: a commit that waits behind it would hide uncommitted changes.
      const used = await live.queue.run(async () => {
        const loaded = await live.read(registration, owner);
        return loaded === "ended" ? undefined : { result: use({ live, owner, loaded }) };
      });
      if (used !== undefined) return used.result;
      await goOnAfterLogin(live, scope);
    }
  }

  /** The live session, after asking the store whether its token is dead. */
  async alive(scope: Scope): Promise<LiveSession> {
    for (;;) {
      const live = this.join(scope);
      if (live.owners.has(live.owner)) return live;
      await live.ask();
      if (live.ended !== undefined) await goOnAfterLogin(live, scope);
    }
  }

  ownerFor(registration: Registration, id: string): string {
    return registration.owner === "user"
      ? userOwner(this.source.identify(), registration.stateClass.name)
      : browserOwner(id);
  }

  /** Whether the browser came without a valid token of this session. */
  get isNew(): boolean {
    return this.id !== this.#presented?.id;
  }

  /** Whether the response's headers have left. From then on the browser cannot learn another id. */
  get hasLeft(): boolean {
    return this.#left !== undefined;
  }

  /** The response's headers leave. @param told - the id whose cookie they set, if any */
  leaves(told: string | undefined): void {
    this.#left = { told };
  }

  /**
   * The request is answered once more, with a base scope of its own: this answer can tell the
   * browser what the one before it has not. Uncommitted changes stay behind, since it may be their
   * failure that is answered.
   * @param before - what the request has worked with until then
   */
  goOn(before: LiveSession): void {
    const told = this.#left?.told;
    if (told !== undefined) this.#presented = { id: told, current: true };
    this.#left = undefined;
    if (before.ended !== undefined) return;
    const { id, owner } = before;
    let live = this.engine.live.get(id);
    if (live === undefined) {
      live = new LiveSession(this.engine, id, before.tokenSeen || told === id);
      const known = before.owners.get(owner);
      if (known !== undefined) live.owners.set(owner, known);
    }
    live.renewed ||= before.renewed && told === undefined;
    this.base?.join(live);
  }

  /** Whether the browser has this id's cookie, or can still be given it. */
  reaches(id: string): boolean {
    return this.#left === undefined || (this.#left.told ?? this.#presented?.id) === id;
  }

  /**
   * @throws PersistError `ERR_HEADERS_SENT` if what is stored for this owner could never be found
   * again
   */
  checkReach(owner: string, call: string): void {
    if (owner === browserOwner(this.id) && !this.reaches(this.id)) throw headersSent(call);
  }

  /**
   * What the response must do with the cookie now.
   * @param early - the headers leave before the scope's end: a state that was restored may still be
   *   changed
   */
  cookieAction(early: boolean): CookieAction | undefined {
    const live = this.base?.live;
    const action = cookieAction(live, this.#presented, { early, cleared: this.isCleared });
    if (action === "set" || !this.isWanted || live?.ended !== undefined) return action;
    return this.isNew ? "set" : action;
  }
}
