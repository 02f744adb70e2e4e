import type { EventEmitter } from "node:events";
import { type Scope, scopes, type Session, type Sessions } from "../sessions/index.ts";
import { type RequestInfo, RequestSession } from "./request-session.ts";
import { scopeEvents } from "./scoped-events.ts";

// How long a handler may go on after its client has hung up, before its scope is closed. Only bounds what is kept in memory.
const LINGER = 30_000;

/** One request as a scope: what all adapters do the same way, whatever their framework. Costs nothing until a session is used. */
export class RequestScope {
  readonly session: Session;
  readonly #request: RequestSession;
  readonly #scope: Scope;
  #linger: NodeJS.Timeout | undefined;

  constructor(sessions: Sessions, info: RequestInfo) {
    this.#request = new RequestSession(sessions, info);
    this.session = this.#request.session;
    this.#scope = this.session.begin();
  }

  /** Runs the handler with this session as the ambient one. */
  enter<T>(handler: () => T): T {
    return scopes.run(this.#scope, handler);
  }

  /** Has listeners of the request or the response run in this scope too, which Node calls from elsewhere. */
  coverEvents(emitter: EventEmitter): void {
    scopeEvents(emitter, this.#scope);
  }

  /** Whether a state or the session has been used, so that there may be something to commit and a cookie to set. */
  get used(): boolean {
    return this.#scope.live !== undefined;
  }

  /** Writes what has changed so far. */
  async commit(): Promise<void> {
    await this.#scope.commit();
    await this.#scope.login?.follow();
  }

  /**
   * The client has hung up, so no answer will bring it another cookie. What the handler has done so far is kept, and what it still does when
   * it ends; `close` is called if that takes too long.
   */
  async abandon(close: () => void): Promise<void> {
    this.#scope.login = undefined;
    this.#linger = setTimeout(close, LINGER).unref();
    await this.#scope.commit();
  }

  /** Ends at once where there is nothing to commit. @returns whether it has ended */
  endIfClean(): boolean {
    clearTimeout(this.#linger);
    return this.#scope.endIfClean();
  }

  /** Commits and lets go of the states. */
  end(): Promise<void> {
    clearTimeout(this.#linger);
    return this.#scope.end();
  }

  /** @throws PersistError where the cookie that is due cannot be given over this connection */
  tryCookie(): void {
    const action = this.session.cookieAction(false);
    if (action !== undefined) this.#request.cookie(action);
  }

  /**
   * The headers that the response needs for the session, or none. To be called once, when they leave.
   * @param early - they leave before the scope's end
   */
  headers(early: boolean): { readonly cookie: string; readonly cacheControl: string } | undefined {
    const action = this.session.cookieAction(early);
    const cookie = action === undefined ? undefined : this.#request.cookie(action);
    this.session.headersLeft(action === "set");
    // RFC 9111, 5.2.2: no shared cache may keep it, and none may give it out without asking.
    return cookie === undefined ? undefined : { cookie, cacheControl: "private, no-cache" };
  }
}
