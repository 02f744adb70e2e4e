import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Assets } from "./assets.ts";
import { Connections, hasBody, type Answer, type Question } from "./ask.ts";
import { clientOf } from "./client.ts";
import { requestHeaders } from "./headers.ts";
import { AskAgain, type Exchange } from "./hooks.ts";
import { passOnHostConfig } from "./host-config.ts";
import { passOnHtml } from "./html.ts";
import { answerHeaders, passOn } from "./pass-on.ts";
import { answerProblem } from "./problem.ts";
import type { ProxyContext } from "./context.ts";
import { UpstreamFailure } from "./reach.ts";

/** Where Streamlit serves files and endpoints, never a page of its own. */
const NEVER_A_PAGE = /^\/(?:_stcore|static|media|component|app\/static)(?:\/|$)/;
const HOST_CONFIG = "/_stcore/host-config";

/** Takes requests to Streamlit and its answers back. */
export class Requests {
  readonly #context: ProxyContext;
  readonly #connections: Connections;
  readonly #assets: Assets;

  constructor(context: ProxyContext) {
    this.#context = context;
    this.#connections = new Connections(context.times.pause);
    this.#assets = new Assets(context, this.#connections);
  }

  async handle(exchange: Exchange, response: ServerResponse, expecting: boolean): Promise<void> {
    const { hooks, report } = this.#context;
    // A socket error of the client is heard as its end.
    response.on("error", () => {});
    let answer: Answer | undefined;
    try {
      const answered = hooks.answer?.(exchange, response) ?? false;
      if (answered === true || (answered !== false && (await answered))) return;
      if (await this.#assets.answer(exchange, response)) return;
      answer = await this.#ask(exchange, response, expecting);
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

  async #ask(exchange: Exchange, response: ServerResponse, expecting: boolean): Promise<Answer> {
    const { reach, upstream, hooks, trust } = this.#context;
    const { request } = exchange;
    const headers = requestHeaders(exchange, trust);
    if (this.#isPage(exchange)) {
      headers["accept-encoding"] = "identity";
      delete headers["if-none-match"];
      delete headers["if-modified-since"];
    } else if (this.#isHostConfig(exchange)) headers["accept-encoding"] = "identity";
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
    return reach.hold(client, (fresh) =>
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
    const isHtml = /^\s*text\/html\b/i.test(from.headers["content-type"] ?? "");
    // A part of a page has no place for anything.
    if (isHtml && from.statusCode !== 206 && !NEVER_A_PAGE.test(exchange.path)) {
      const change = await hooks.html?.(exchange);
      if (from.aborted) throw new UpstreamFailure("failed");
      if (change !== undefined) {
        await passOnHtml(answer, to, headers, change);
        return;
      }
    }
    passOn(answer, to, headers);
  }

  /** Whether the answer may be one of Streamlit's pages, which have to come whole and plain. */
  #isPage({ request, path }: Exchange): boolean {
    if (this.#context.hooks.html === undefined || NEVER_A_PAGE.test(path)) return false;
    const [extension] = /\.[^./]+$/.exec(path) ?? [];
    if (extension === undefined || /^\.html?$/i.test(extension)) return true;
    return (request.headers.accept ?? "").includes("text/html");
  }

  #isHostConfig({ request, path }: Exchange): boolean {
    return path === HOST_CONFIG && request.method === "GET";
  }
}
