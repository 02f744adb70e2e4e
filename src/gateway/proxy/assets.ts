import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Connections } from "./ask.ts";
import { AssetShelf, type Asset } from "./asset-shelf.ts";
import { plainBody } from "./decode.ts";
import { bestEncoding, type Encoding } from "./encodings.ts";
import { addVary, passedOn } from "./headers.ts";
import type { Exchange } from "./hooks.ts";
import { UpstreamFailure } from "./reach.ts";
import type { ProxyContext } from "./context.ts";

/** Text, by its ending; fonts and pictures are compressed already. The name holds a hash of the content. */
const HASHED = /^\/static\/.*[.-][\w-]{8,}\.(?:js|mjs|css|svg|json|wasm|ttf|otf)$/;
/** Assets that are got at a time before anybody asked. */
const WORKERS = 4;
const LARGEST = 16 * 1024 * 1024;
/** References in the first page. What it asks for later is compressed when it is first asked for. */
const IN_PAGE = /(?:src|href)="(?:\.\/)?(static\/[^"?#]+)"/g;

/** Serves Streamlit's immutable assets from memory, compressed: Streamlit sends them as they are. */
export class Assets {
  readonly #context: ProxyContext;
  readonly #connections: Connections;
  readonly #shelf = new AssetShelf();
  #start = "";

  constructor(context: ProxyContext, connections: Connections) {
    this.#context = context;
    this.#connections = connections;
  }

  /** @returns whether the request was answered */
  async answer(exchange: Exchange, response: ServerResponse): Promise<boolean> {
    const { request, path, upstreamUrl } = exchange;
    if (request.method !== "GET" || !HASHED.test(path) || upstreamUrl.includes("?")) return false;
    if (request.headers.range !== undefined || path.includes("..")) return false;
    const accept = request.headers["accept-encoding"];
    // The quick one is gzip. Whoever takes the other alone gets it once it is made.
    if (bestEncoding(accept, ["gzip"]) === undefined) return false;
    const asset = await this.#get(upstreamUrl, request.headers.host);
    if (asset === undefined) return false;
    const offered: Encoding[] = asset.br === undefined ? ["gzip"] : ["br", "gzip"];
    send(exchange, response, asset, bestEncoding(accept, offered) ?? "gzip");
    return true;
  }

  async warm(): Promise<void> {
    const { basePath } = this.#context;
    try {
      const page = await this.#fetch(`${basePath}/`, undefined);
      const urls = new Set<string>();
      for (const [, reference] of (page?.body.toString("utf8") ?? "").matchAll(IN_PAGE))
        if (reference !== undefined && HASHED.test(`/${reference}`))
          urls.add(`${basePath}/${reference}`);
      const next = urls.values();
      const worker = async (): Promise<void> => {
        for (const url of next) await this.#get(url, undefined);
      };
      await Promise.all(Array.from({ length: WORKERS }, worker));
    } catch {
      // The first visitor then has them compressed.
    }
  }

  #get(url: string, host: string | undefined): Promise<Asset | undefined> {
    const start = this.#context.streamlitStart();
    if (start !== this.#start) {
      this.#start = start;
      this.#shelf.clear();
    }
    return this.#shelf.get(url, async () => {
      const found = await this.#fetch(url, host);
      if (found === undefined) return undefined;
      const { "content-type": type, "cache-control": cache, "set-cookie": cookie } = found.headers;
      const immutable =
        /\bimmutable\b/i.test(String(cache)) && !/\b(?:private|no-store)\b/i.test(String(cache));
      // An asset of another version is a page of this one, to Streamlit.
      const kept = immutable && cookie === undefined && !/^\s*text\/html\b/i.test(String(type));
      return kept ? found : undefined;
    });
  }

  async #fetch(
    path: string,
    host: string | undefined,
  ): Promise<{ headers: OutgoingHttpHeaders; body: Buffer } | undefined> {
    const { reach, upstream } = this.#context;
    const headers: OutgoingHttpHeaders = { "accept-encoding": "identity" };
    if (host !== undefined) headers["host"] = host;
    // On behalf of everybody who waits for it, so nobody's going away ends it.
    const client = { gone: false, onGone: () => () => {} };
    const { response } = await reach.hold(client, (fresh) =>
      this.#connections.ask(upstream(), { method: "GET", path, headers }, client, fresh),
    );
    if (response.statusCode !== 200 || Number(response.headers["content-length"] ?? 0) > LARGEST) {
      response.once("error", () => {});
      response.destroy();
      return undefined;
    }
    const kept = passedOn(response);
    try {
      return { headers: kept, body: await plainBody(response, LARGEST) };
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw new UpstreamFailure("failed", error);
    }
  }
}

function send(
  { request }: Exchange,
  response: ServerResponse,
  asset: Asset,
  encoding: Encoding,
): void {
  const headers: OutgoingHttpHeaders = { ...asset.headers };
  addVary(headers, "Accept-Encoding");
  if (isKnown(request.headers["if-none-match"], request.headers["if-modified-since"], headers)) {
    delete headers["content-type"];
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const body = encoding === "br" && asset.br !== undefined ? asset.br : asset.gzip;
  headers["content-encoding"] = encoding;
  headers["content-length"] = body.length;
  response.writeHead(200, headers);
  response.end(body);
}

/** Whether the client has it already (RFC 9110, 13.2.2). */
function isKnown(
  noneMatch: string | undefined,
  since: string | undefined,
  { etag, "last-modified": modified }: OutgoingHttpHeaders,
): boolean {
  if (noneMatch !== undefined) {
    const bare = etag?.replace(/^W\//, "");
    return noneMatch
      .split(",")
      .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === bare);
  }
  if (since === undefined || modified === undefined) return false;
  return Date.parse(modified) <= Date.parse(since);
}
