import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Assets } from "./assets.ts";
import { Connections, hasBody, type Answer, type Question } from "./ask.ts";
import { clientOf } from "./client.ts";
import { requestHeaders } from "./headers.ts";
import { AskAgain, type Exchange, type HtmlChange } from "./hooks.ts";
import { passOnHostConfig } from "./host-config.ts";
import { holdPage, mayBePage, readableEncodings } from "./held-page.ts";
import { passOnHtml } from "./html.ts";
import { answerHeaders, passOn } from "./pass-on.ts";
import { answerProblem } from "./problem.ts";
import type { ProxyContext } from "./context.ts";
import { UpstreamFailure } from "./retry.ts";
import { KnownPages } from "./streamlit-page.ts";

/** Paths at which Streamlit serves files and endpoints, never its own page. */
const NEVER_A_PAGE = /^\/(?:_stcore|static|media|component|app\/static)(?:\/|$)/;
const HOST_CONFIG = "/_stcore/host-config";

/** Forwards requests to Streamlit, and its answers back. */
export class Requests {
  readonly #context: ProxyContext;
  readonly #connections: Connections;
  readonly #assets: Assets;
  readonly #pages: KnownPages;

  constructor(context: ProxyContext) {
    this.#context = context;
    this.#connections = new Connections(context.times.pause);
    this.#pages = new KnownPages(context.streamlitStart);
    this.#assets = new Assets(context, this.#connections, this.#pages);
  }

  async handle(exchange: Exchange, response: ServerResponse, expecting: boolean): Promise<void> {
    const { hooks, report } = this.#context;
    // A socket error of the client also ends its connection, which is handled.
    response.on("error", () => {});
    let answer: Answer | undefined;
    try {
      const answered = hooks.answer?.(exchange, response) ?? false;
      if (answered === true || (answered !== false && (await answered))) return;
      if (await this.#assets.answer(exchange, response)) return;
      answer = await this.#ask(exchange, response, expecting, this.#asksPlainly(exchange));
      if (this.#mayHidePage(exchange, answer)) {
        answer.response.resume();
        answer = await this.#ask(exchange, response, expecting, true);
      }
      await this.#answer(exchange, answer, response);
    } catch (error) {
      answer?.request.destroy();
      if (error instanceof AskAgain) answerProblem(response, 409);
      else if (!(error instanceof UpstreamFailure)) {
        report(error);
        answerProblem(response, 500);
      } else if (error.kind === "gone") response.destroy();
      else answerProblem(response, error.kind === "away" ? 503 : 502);
    }
  }

  warm(): Promise<void> {
    return this.#assets.warm();
  }

  close(): void {
    this.#connections.close();
  }

  /**
   * @param plainly - drops the client's conditional and encoding headers, because the whole page is
   *   needed
   */
  async #ask(
    exchange: Exchange,
    response: ServerResponse,
    expecting: boolean,
    plainly: boolean,
  ): Promise<Answer> {
    const { retry, upstream, hooks, trust } = this.#context;
    const { request } = exchange;
    const headers = requestHeaders(exchange, trust);
    const accept = request.headers["accept-encoding"];
    if (plainly) {
      headers["accept-encoding"] = "identity";
      delete headers["if-none-match"];
      delete headers["if-modified-since"];
    } else if (this.#isHostConfig(exchange)) headers["accept-encoding"] = "identity";
    else if (typeof accept === "string" && this.#maybePage(exchange))
      headers["accept-encoding"] = readableEncodings(accept);
    const withBody = hasBody(request);
    if (request.headers["transfer-encoding"] !== undefined)
      headers["transfer-encoding"] = "chunked";
    else if (!withBody && request.method !== "GET" && request.method !== "HEAD")
      headers["content-length"] = "0";
    if (expecting && withBody) headers["expect"] = "100-continue";
    hooks.headers?.(exchange, headers);
    const client = clientOf(response);
    const question: Question = {
      method: request.method ?? "GET",
      path: exchange.upstreamUrl,
      headers,
      ...(withBody && { body: request }),
      ...(expecting && withBody && { expecting: response }),
    };
    return retry.hold(client, (fresh) =>
      this.#connections.ask(upstream(), question, client, fresh),
    );
  }

  async #answer(exchange: Exchange, answer: Answer, to: ServerResponse): Promise<void> {
    const { hooks } = this.#context;
    const headers: OutgoingHttpHeaders = answerHeaders(answer);
    const from = answer.response;
    if (this.#isHostConfig(exchange) && hooks.hostConfig !== undefined) {
      await passOnHostConfig(
        answer,
        to,
        headers,
        (config) => hooks.hostConfig?.(exchange, config) ?? config,
      );
      return;
    }
    if (!this.#maybePage(exchange) || !mayBePage(from)) {
      passOn(answer, to, headers);
      return;
    }
    const isKnown = this.#pages.hasTag(from.headers.etag);
    if (exchange.request.method === "HEAD") {
      const change = isKnown ? await this.#change(exchange, answer) : undefined;
      if (change === undefined) passOn(answer, to, headers);
      else passOnHtml(answer, to, headers, undefined, change);
      return;
    }
    const held = await holdPage(from);
    if (held.is === "other") {
      this.#pages.forget(exchange.path);
      passOn(answer, to, headers, held.begun);
      return;
    }
    this.#pages.learn(exchange.path, from.headers.etag);
    const change = await this.#change(exchange, answer, held.page);
    if (change === undefined) passOn(answer, to, headers, [held.page]);
    else passOnHtml(answer, to, headers, held.page, change);
  }

  async #change(
    exchange: Exchange,
    { response }: Answer,
    page?: Buffer,
  ): Promise<HtmlChange | undefined> {
    const text = page?.toString("latin1");
    const change = await this.#context.hooks.html?.(exchange, { headers: response.headers, text });
    if (response.aborted) throw new UpstreamFailure("failed");
    return change;
  }

  /** Whether the answer may be Streamlit's page. */
  #maybePage({ request, path }: Exchange): boolean {
    if (this.#context.hooks.html === undefined) return false;
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    return path !== "" && !NEVER_A_PAGE.test(path);
  }

  /**
   * Whether to expect Streamlit's page, which must come whole and plain; the app's own answers pass
   * unchanged.
   */
  #asksPlainly(exchange: Exchange): boolean {
    if (!this.#maybePage(exchange)) return false;
    // A client that had the page from Streamlit itself would otherwise keep it, without our script.
    return (
      this.#pages.hasPath(exchange.path) ||
      this.#pages.hasTag(exchange.request.headers["if-none-match"])
    );
  }

  /**
   * Whether "not modified" may be said about Streamlit's page. The gateway removes its tag, so this
   * is rare.
   */
  #mayHidePage(exchange: Exchange, { response }: Answer): boolean {
    if (response.statusCode !== 304 || !this.#maybePage(exchange)) return false;
    return !this.#pages.isKnown || this.#pages.hasTag(response.headers.etag);
  }

  #isHostConfig({ request, path }: Exchange): boolean {
    return path === HOST_CONFIG && request.method === "GET";
  }
}
