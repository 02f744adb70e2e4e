import type { ServerResponse } from "node:http";
import type { RequestScope } from "./request-scope.ts";
import { writeHeadOf, type DeferredHead } from "./deferred-head.ts";
import { type OriginalMethods, takeOver } from "./response-methods.ts";

/** Who answers where the commit failed before anything had left. */
export type AnswerFailure = (error: unknown) => void;

type End = ServerResponse["end"];

// How long a handler may go on after its client has hung up, before its scope is closed. Only bounds what is kept in memory.
const LINGER = 30_000;

// What described the answer that is not given after all. Headers of other concerns (CORS, security) stay.
const OF_THE_ANSWER =
  /^(?:content-.*|transfer-encoding|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie)$/;

/**
 * Stands between a handler and its response: holds the end back until the commit is done, and puts the cookie among the
 * headers before they leave. A request that uses no session passes straight through.
 */
export class HeldResponse {
  readonly #response: ServerResponse;
  readonly #scope: RequestScope;
  readonly #answerFailure: AnswerFailure;
  readonly #report: (error: unknown) => void;
  readonly #original: OriginalMethods;
  #head: DeferredHead | undefined;
  /** Headers have left, or are leaving. */
  #left = false;
  #ending = false;
  /** The commit has failed and somebody was told: what comes now is the answer to that. */
  #failed = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(
    response: ServerResponse,
    scope: RequestScope,
    answerFailure: AnswerFailure,
    report: (error: unknown) => void,
  ) {
    this.#response = response;
    this.#scope = scope;
    this.#answerFailure = answerFailure;
    this.#report = report;
    this.#original = takeOver(response, this);
  }

  /** Commits before the framework begins to send, so that it can answer a failure itself. */
  async commitFirst(): Promise<void> {
    if (this.#failed || this.#left || !this.#scope.used) return;
    try {
      await this.#scope.commit();
    } catch (error) {
      this.#failed = true;
      await this.#scope.end().catch(() => undefined);
      throw error;
    }
  }

  /** The handler's promise was rejected. */
  fail(error: unknown): void {
    this.#report(error);
    if (this.#left || this.#ending) {
      this.#closeScope();
      this.#response.destroy();
    } else {
      this.#reset();
      this.#answerFailure(error);
    }
  }

  /** @internal What the response's own methods lead to. */
  writeHead(args: Parameters<ServerResponse["writeHead"]>): ServerResponse {
    if (this.#left) return this.#original.writeHead.apply(this.#response, args);
    this.#head = writeHeadOf(args);
    return this.#response;
  }

  /** @internal */
  write(args: Parameters<ServerResponse["write"]>): boolean {
    this.#leave(true);
    return this.#original.write.apply(this.#response, args);
  }

  /** @internal */
  flushHeaders(): void {
    this.#leave(true);
    this.#original.flushHeaders.call(this.#response);
  }

  /** @internal */
  end(args: Parameters<End>): ServerResponse {
    // A second end, while the first still waits for its commit, has nothing to add.
    if (this.#ending)
      return this.#left ? this.#original.end.apply(this.#response, args) : this.#response;
    this.#ending = true;
    clearTimeout(this.#linger);
    if (!this.#scope.used || this.#failed) {
      this.#closeScope();
      this.#leave(false);
      return this.#original.end.apply(this.#response, args);
    }
    this.#scope.end().then(
      () => this.#finish(args),
      (error: unknown) => this.#commitFailed(error),
    );
    return this.#response;
  }

  /** @internal A head that is only held back, and an end that waits for its commit, count as sent for the app. */
  get pending(): boolean {
    return this.#head !== undefined || this.#ending;
  }

  /** @internal */
  get ending(): boolean {
    return this.#ending;
  }

  #finish(args: Parameters<End>): void {
    try {
      this.#leave(false);
    } catch (error) {
      // The head that the handler gave, or the cookie's own settings, turned out to be impossible.
      this.#commitFailed(error);
      return;
    }
    this.#original.end.apply(this.#response, args);
  }

  #leave(early: boolean): void {
    if (this.#left) return;
    if (!this.#failed) this.#addCookie(early);
    this.#head?.applyTo(this.#response);
    this.#left = true;
    if (this.#head !== undefined) {
      const { statusCode, statusMessage } = this.#response;
      (this.#original.writeHead as (status: number, message: string) => void).call(
        this.#response,
        statusCode,
        statusMessage,
      );
    }
    this.#head = undefined;
  }

  #addCookie(early: boolean): void {
    const headers = this.#scope.headers(early);
    if (headers === undefined) return;
    const response = this.#response;
    this.#head?.applyTo(response);
    response.appendHeader("set-cookie", headers.cookie);
    const present = response.getHeader("cache-control");
    if (typeof present !== "string" || !present.includes("no-store")) {
      response.setHeader("cache-control", headers.cacheControl);
    }
    this.#head = this.#head?.withoutHeaders();
  }

  #commitFailed(error: unknown): void {
    this.#failed = true;
    if (this.#left || this.#response.destroyed) {
      this.#report(error);
      // What was sent so far looks like a success; cut off, it is none.
      this.#response.destroy();
      return;
    }
    this.#reset();
    this.#answerFailure(error);
  }

  #reset(): void {
    const response = this.#response;
    this.#ending = false;
    this.#head = undefined;
    for (const name of response.getHeaderNames()) {
      if (OF_THE_ANSWER.test(name)) response.removeHeader(name);
    }
    response.statusCode = 500;
    response.statusMessage = "";
  }

  /** @internal */
  closed(): void {
    if (this.#ending || !this.#scope.used) return;
    // The client has hung up; what the handler has done so far is kept, and what it still does when it ends.
    this.#scope.commit().catch(this.#report);
    this.#linger = setTimeout(() => this.#closeScope(), LINGER);
    this.#linger.unref();
  }

  #closeScope(): void {
    this.#scope.end().catch((error: unknown) => {
      if (!this.#failed) this.#report(error);
    });
  }
}
