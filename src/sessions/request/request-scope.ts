import { scopes } from "../ambient.ts";
import type { Scope } from "../scope.ts";
import type { Session } from "../session.ts";
import type { Sessions } from "../sessions.ts";
import { type RequestInfo, RequestSession } from "./request-session.ts";
import {
  addSessionHeaders,
  openedResponse,
  type ResponseTarget,
  type SessionHeaders,
} from "./response-target.ts";

// How long a handler may go on after its client has hung up, before its scope is closed. Only
// bounds what is kept in memory.
const LINGER = 30_000;

/** How an adapter holds an answer back until the commit is done. */
export interface AnswerHold {
  /** Whether an answer has been begun, to the request or to the failure of its commit. */
  readonly begun: boolean;
  /** Commits before the framework begins to send, so that it can answer a failure itself. */
  commitFirst(): Promise<void>;
  /** The handler's promise was rejected. */
  fail(error: unknown): void;
}

/**
 * One request as a scope, made by `sessions.fromCookie` or `sessions.fromRequest`: what all
 * adapters do the same way, whatever their framework. Costs nothing until a session is used.
 *
 * @example
 * ```ts
 * import { createSessions, persist, restore } from "persist-session";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const sessions = createSessions({ store: "memory:" });
 *
 * async function handle(request: Request): Promise<Response> {
 *   const scope = sessions.fromRequest(request.headers, { request, secure: true });
 *   const response = await scope.run(async () => {
 *     const cart = await restore(Cart);
 *     cart.items.push("tea");
 *     return new Response(String(cart.items.length));
 *   });
 *   return scope.setCookie(response);
 * }
 *
 * const response = await handle(new Request("https://example.com/"));
 * console.log(await response.text(), response.headers.has("set-cookie")); // 1 true
 * ```
 */
export class RequestScope {
  /** The request's session. */
  readonly session: Session;
  /** @internal */ readonly inner: Scope;
  readonly #sessions: Sessions;
  readonly #request: RequestSession;
  #linger: NodeJS.Timeout | undefined;
  #raw: object;
  #outer: RequestScope | undefined;
  #hold: AnswerHold | undefined;

  /**
   * @internal Use `sessions.fromCookie` or `sessions.fromRequest`.
   * @param request - what is known of it, or whose request is answered once more
   */
  constructor(sessions: Sessions, request: RequestInfo | RequestScope) {
    this.#sessions = sessions;
    if (request instanceof RequestScope) {
      this.#request = request.#request;
      this.#raw = request.#raw;
    } else {
      this.#request = new RequestSession(sessions, request);
      this.#raw = request.request;
    }
    this.session = this.#request.session;
    this.inner = this.session.begin(this);
  }

  /** @internal Node's or the runtime's own request, as far as an adapter has told it. */
  get raw(): object {
    return this.#raw;
  }

  /** @internal The scope that other sessions have for the same request, if theirs is around it. */
  get outer(): RequestScope | undefined {
    return this.#outer;
  }

  /** @internal How the adapter holds the answer back, if it is Node's. */
  get hold(): AnswerHold | undefined {
    return this.#hold;
  }

  set hold(hold: AnswerHold) {
    this.#hold = hold;
  }

  /** @internal For the adapter that has made it. */
  within(outer: RequestScope | undefined, raw: object): void {
    this.#outer = outer;
    this.#raw = raw;
  }

  /** @internal Whose session the request has. */
  get sessions(): Sessions {
    return this.#sessions;
  }

  /** @internal Whether the headers of an answer have left. */
  get answered(): boolean {
    return this.session.answered;
  }

  /**
   * Runs the handler with this session as the ambient one (`restore` works in it), then commits,
   * whether it returned or threw.
   *
   * @returns the handler's result
   * @throws what the handler throws, or what `commit()` throws
   */
  async run<T>(handler: () => T | Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await this.enter(handler);
    } catch (error) {
      // The caller must get its own failure. That of the commit goes to the log.
      await this.end().catch((commitError: unknown) => this.#sessions.report(commitError));
      throw error;
    }
    await this.end();
    return result;
  }

  /**
   * Runs the handler with this session as the ambient one, and commits nothing: call `end()` after
   * it.
   *
   * @returns the handler's result
   * @throws what the handler throws
   */
  enter<T>(handler: () => T): T {
    // Entering again would cost a copy of the context.
    return scopes.getStore() === this.inner ? handler() : scopes.run(this.inner, handler);
  }

  /**
   * Writes what has changed so far. When it resolves, the changes are durable. If `identify` says
   * that a user has signed in, the session also gets its new id.
   *
   * @throws PersistError what the session's `commit()` and `rotate()` throw
   */
  async commit(): Promise<void> {
    await this.inner.commit();
    await this.inner.login?.follow();
  }

  /**
   * Commits and lets go of the states, even if the commit fails. A second call waits for the first.
   *
   * @throws PersistError what `commit()` throws
   */
  end(): Promise<void> {
    clearTimeout(this.#linger);
    return this.inner.end();
  }

  /**
   * Sets the session's cookie on a response, or ends it, if that is due (in the bearer mode: gives
   * the token by the header `session-token`), and says to caches whose the answer is. Call it once,
   * when the headers leave: after `run`, or before the first part of a stream with `early`. If a
   * handler threw, what it has stored needs the cookie too.
   *
   * @param response - a Fetch `Response` or its `Headers`, or Node's response
   * @param options - `early`: the headers leave before the scope's end, so states that were
   *   restored may still change
   * @returns what to answer with: if a `Response` needs headers, a copy that has them. The app may
   *   give the same `Response` to another visitor
   * @throws PersistError `ERR_OPTION_INVALID` if the cookie's settings need HTTPS and the request
   * came without it
   */
  setCookie<T extends ResponseTarget>(response: T, options?: { readonly early?: boolean }): T;
  setCookie(response: ResponseTarget, { early = false } = {}): ResponseTarget {
    const due = this.headers(early);
    if (due === undefined) return response;
    if (!("headers" in response)) {
      addSessionHeaders(response, due);
      return response;
    }
    // The app may give the same Response to others, who must not get this cookie. One that switches
    // protocols cannot be copied, and belongs to one request.
    const own = response.status === 101 ? response : openedResponse(response);
    addSessionHeaders(own.headers, due);
    return own;
  }

  /**
   * @internal Whether a state or the session has been used, so that there may be something to
   * commit and a cookie to set.
   */
  get used(): boolean {
    return this.inner.live !== undefined;
  }

  /**
   * @internal The client has hung up, so no answer will bring it another cookie. What the handler
   * has done so far is kept, and what it still does when it ends; `close` is called if that takes
   * too long.
   */
  async abandon(close: () => void): Promise<void> {
    this.inner.login = undefined;
    this.#linger = setTimeout(close, LINGER).unref();
    await this.inner.commit();
  }

  /** @internal Ends without a commit, for what could only read. */
  release(): void {
    this.inner.release();
  }

  /** @internal Ends at once if there is nothing to commit. @returns whether it has ended */
  endIfClean(): boolean {
    clearTimeout(this.#linger);
    return this.inner.endIfClean();
  }

  /**
   * @internal @throws PersistError if the cookie that is due cannot be given over this connection
   */
  tryCookie(): void {
    const action = this.session.cookieAction(false);
    if (action !== undefined) this.#request.header(action);
  }

  /**
   * The headers that the response needs for the session, or none, for frameworks that have their
   * own way to set a cookie. Call it once, when they leave.
   *
   * @param early - they leave before the scope's end
   * @throws PersistError `ERR_OPTION_INVALID` if the cookie's settings need HTTPS and the request
   * came without it
   */
  headers(early = false): SessionHeaders | undefined {
    const action = this.session.cookieAction(early);
    const header = action === undefined ? undefined : this.#request.header(action);
    this.session.headersLeft(action === "set");
    // RFC 9111, 5.2.2: no shared cache may keep it, and none may give it out without asking.
    return header === undefined ? undefined : { ...header, cacheControl: "private, no-cache" };
  }
}
