import type { ServerResponse } from "node:http";
import { takeBack } from "../answer-headers.ts";
import { BodyPieces, isEnd, isPiece } from "./body-pieces.ts";
import { checkHead, DeferredHead, takeHead } from "./deferred-head.ts";
import { EarlyWrites } from "../early-writes.ts";
import { cutOff, isGone } from "../http2.ts";
import type { RequestScope } from "../../sessions/index.ts";
import { type HolderOf, type OriginalMethods, takeOver } from "./response-methods.ts";
import { type HeaderMethods, headersAreSent, lookSent } from "./sent-look.ts";
import { tellEnded } from "./tell-ended.ts";

/** Answers the request if the commit failed before anything had left. */
export type AnswerFailure = (error: unknown) => void;

type End = ServerResponse["end"];

/**
 * Stands between a handler and its response: holds the end back until the commit is done, and puts
 * the cookie among the headers before they leave. A request that uses no session passes straight
 * through.
 */
export class HeldResponse {
  readonly #response: ServerResponse;
  readonly #scope: RequestScope;
  readonly #answerFailure: AnswerFailure;
  readonly #report: (error: unknown) => void;
  readonly #original: OriginalMethods;
  readonly #holderOf: HolderOf;
  #headerMethods: HeaderMethods | undefined;
  #head: DeferredHead | undefined;
  /** Headers have left, or are leaving. */
  #left = false;
  /** The handler has given its answer, which waits for the commit. */
  #waiting = false;
  #done = false;
  /** What was held back is leaving: code that wraps the response may still change headers. */
  #sending = false;
  /** The commit has failed and the app was told: what it sends now is the answer to the failure. */
  #failed = false;
  /** The cookie cannot be set over this connection: another attempt would fail too. */
  #cookieFailed = false;
  #pieces: BodyPieces | undefined;
  /** What was written while it is undecided whether a cookie is needed. */
  #early: EarlyWrites | undefined;
  /** The last piece of a body of known length: to a client it is the end, so it waits too. */
  #lastPiece: Promise<void> | undefined;
  /** Further ends, whose callbacks the app may be waiting for. */
  #late: (() => unknown)[] = [];

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
    const { original, holderOf } = takeOver(response, this);
    this.#original = original;
    this.#holderOf = holderOf;
  }

  /** Commits before the framework begins to send, so that it can answer a failure itself. */
  async commitFirst(): Promise<void> {
    if (this.#failed || this.#left || !this.#scope.used) return;
    try {
      await this.#scope.commit();
      this.#scope.tryCookie();
    } catch (error) {
      this.#failed = true;
      await this.#scope.end().catch(() => undefined);
      throw error;
    }
  }

  /** The handler's promise was rejected. */
  fail(error: unknown): void {
    if (this.#left && !this.#waiting && !this.#done) {
      this.#report(error);
      this.#closeScope();
      cutOff(this.#response);
    } else if (this.#waiting || this.#done) {
      // It had answered before it failed.
      this.#report(error);
    } else {
      this.#reset();
      this.#answerFailure(error);
    }
  }

  /** Whether an answer has been begun, to the request or to the failure of its commit. */
  get begun(): boolean {
    return this.#left || this.#done || this.#waiting || this.holding !== undefined;
  }

  /** @internal What looks sent to the app although it is held back. */
  get holding(): "head" | "end" | undefined {
    if (this.#sending) return undefined;
    if (this.#waiting) return "end";
    if (this.#head !== undefined) return "head";
    return !this.#left && (this.#lastPiece ?? this.#early) !== undefined ? "head" : undefined;
  }

  /** @internal */
  get headerMethods(): HeaderMethods {
    return this.#headerMethods ?? this.#response;
  }

  /** @internal As is everything below: the response's own methods call these. */
  writeHead(args: Parameters<ServerResponse["writeHead"]>): ServerResponse {
    // Node itself also calls it, when the first bytes leave.
    if (this.#left) return this.#original.writeHead.apply(this.#response, args);
    if (this.holding !== undefined) throw headersAreSent();
    takeHead(this.#response, args);
    this.#head = new DeferredHead(this.#response);
    this.#lookSent();
    return this.#response;
  }

  write(args: Parameters<ServerResponse["write"]>): boolean {
    const original = () => this.#original.write.apply(this.#response, args);
    // HTTP/2's end() calls this very method. Invalid chunks throw before anything is sent.
    if (this.#done || !isPiece(args)) return original();
    if (this.#waiting) return tellEnded(this.#response, args);
    if (!this.#left) checkHead(this.#response);
    // More than was announced.
    if (this.#lastPiece !== undefined) return true;
    if (!this.#completes(args)) {
      if (this.#waits(original, (args[0] as string).length)) return true;
      this.#leave(true);
      return original();
    }
    this.#lookSent();
    this.#lastPiece = this.#scope.commit().then(
      () =>
        this.#send(() => {
          this.#leave(true);
          this.#writeEarly();
          original();
        }),
      (error: unknown) => this.#commitFailed(error),
    );
    return true;
  }

  flushHeaders(): void {
    if (this.#waiting) return;
    if (!this.#left) checkHead(this.#response);
    const original = () => this.#original.flushHeaders.call(this.#response);
    if (this.#waits(original, 0)) return;
    this.#leave(true);
    original();
  }

  end(args: Parameters<End>): ServerResponse {
    const original = () => this.#original.end.apply(this.#response, args);
    // An invalid body throws in there, before anything is sent.
    if (this.#done || !isEnd(args)) return original();
    if (this.#waiting) {
      if (!args[0] || typeof args[0] === "function") this.#late.push(original);
      else tellEnded(this.#response, args);
      return this.#response;
    }
    if (!this.#left) this.#head ??= new DeferredHead(this.#response);
    if (this.#failed) this.#closeScope();
    if (this.#lastPiece === undefined && (this.#failed || this.#scope.endIfClean())) {
      // A held-back head counts as unsent: it can still get the cookie for earlier commits.
      this.#sending = true;
      try {
        this.#leave(false);
        this.#writeEarly();
      } finally {
        this.#sending = false;
      }
      this.#done = true;
      return original();
    }
    this.#waiting = true;
    this.#lookSent();
    const last = this.#lastPiece?.then(async () => await this.#scope.end());
    (last ?? this.#scope.end()).then(
      () => this.#finish(original),
      (error: unknown) => this.#commitFailed(error),
    );
    return this.#response;
  }

  #finish(end: () => unknown): void {
    if (this.#failed) return;
    this.#waiting = false;
    this.#send(() => {
      this.#leave(false);
      this.#writeEarly();
      this.#done = true;
      end();
      for (const late of this.#late) late();
    });
  }

  #send(work: () => void): void {
    this.#sending = true;
    try {
      work();
      this.#sending = false;
    } catch (error) {
      this.#sending = false;
      // The head that the handler gave, or the cookie's own settings, turned out to be impossible.
      this.#commitFailed(error);
    }
  }

  #leave(early: boolean): void {
    if (this.#left) return;
    this.#head?.restore();
    this.#head = undefined;
    // Also with the answer to a failed commit: what has been stored by then (by rotate(), or beside
    // what could not be) must be found again.
    if (!this.#cookieFailed) this.#addCookie(early);
    this.#left = true;
  }

  /**
   * Holds a first part back until it is clear whether a cookie is needed. @returns whether it does
   */
  #waits(write: () => unknown, bytes: number): boolean {
    if (this.#early === undefined) {
      if (this.#left || this.#failed || !this.#scope.session.undecided) return false;
      this.#early = new EarlyWrites(() => this.#releaseEarly());
      this.#head ??= new DeferredHead(this.#response);
      this.#lookSent();
    }
    this.#early.add(write, bytes);
    return true;
  }

  #releaseEarly(): void {
    if (this.#waiting || this.#lastPiece !== undefined) return;
    this.#send(() => {
      this.#leave(true);
      this.#writeEarly();
    });
  }

  #writeEarly(): void {
    const writes = this.#early?.take() ?? [];
    this.#early = undefined;
    for (const write of writes) write();
  }

  #addCookie(early: boolean): void {
    this.#cookieFailed = true;
    this.#scope.setCookie(this.#response, { early });
    this.#cookieFailed = false;
  }

  #completes([chunk, encoding]: Parameters<ServerResponse["write"]>): boolean {
    this.#pieces ??= new BodyPieces(this.#response);
    return this.#pieces.isLast(chunk, encoding) && this.#scope.used && !this.#failed;
  }

  #commitFailed(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#waiting = false;
    this.#lastPiece = undefined;
    this.#late = [];
    if (this.#left || isGone(this.#response)) {
      this.#done = true;
      this.#report(error);
      this.#closeScope();
      // What was sent so far looks like a success; cut off, it is a failure.
      cutOff(this.#response);
      return;
    }
    this.#reset();
    this.#answerFailure(error);
  }

  #reset(): void {
    this.#head = undefined;
    this.#early?.take();
    this.#early = undefined;
    takeBack(this.#response);
  }

  #lookSent(): void {
    this.#headerMethods ??= lookSent(this.#response, this.#holderOf);
  }

  closed(): void {
    if (this.#waiting || this.#done) return;
    this.#scope.abandon(() => this.#closeScope()).catch(this.#report);
  }

  #closeScope(): void {
    this.#scope.end().catch((error: unknown) => {
      if (!this.#failed) this.#report(error);
    });
  }
}
