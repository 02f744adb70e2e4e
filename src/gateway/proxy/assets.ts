import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Connections } from "./ask.ts";
import { AssetShelf, type Asset } from "./asset-shelf.ts";
import { plainBody } from "./decode.ts";
import { bestEncoding, type Encoding } from "./encodings.ts";
import { addVary, opaqueTag, passedOn } from "./headers.ts";
import type { Exchange } from "./hooks.ts";
import { UpstreamFailure } from "./retry.ts";
import type { ProxyContext } from "./context.ts";
import { type KnownPages, recognizePage } from "./streamlit-page.ts";

/** Text, by its ending; fonts and pictures are compressed already. */
const TEXT: ReadonlySet<string> = new Set([
  "js",
  "mjs",
  "css",
  "svg",
  "json",
  "wasm",
  "ttf",
  "otf",
]);
const FOLDER = "/static/";
/** Only what has one spelling: nothing to decode, no empty segment, none that begins with a dot. */
const PLAIN = /^(?:\/[\w-][\w.-]*)+$/;
const MAX_PATH = 1024;
/** The shortest hash in a name. */
const MIN_HASH = 8;
/** Assets that are fetched at a time before a page asks. */
const WORKERS = 4;
const MAX_BYTES = 16 * 1024 * 1024;
/** How many tags of a client are compared. A browser sends one. */
const MAX_TAGS = 100;
/**
 * References in the first page. Later requests are compressed when they first come.
 */
const IN_PAGE = /(?:src|href)="(?:\.\/)?(static\/[^"?#]+)"/g;

/**
 * Serves Streamlit's immutable assets from memory, compressed: Streamlit sends them as they are.
 */
export class Assets {
  readonly #context: ProxyContext;
  readonly #connections: Connections;
  readonly #shelf = new AssetShelf();
  readonly #pages: KnownPages;
  #start = "";

  constructor(context: ProxyContext, connections: Connections, pages: KnownPages) {
    this.#context = context;
    this.#connections = connections;
    this.#pages = pages;
  }

  /** @returns whether the request was answered */
  async answer(exchange: Exchange, response: ServerResponse): Promise<boolean> {
    const { request, path, upstreamUrl } = exchange;
    if (request.method !== "GET" || request.headers.range !== undefined) return false;
    // Another spelling of the same file, or a query, is left to Streamlit.
    if (!isHashedText(path) || upstreamUrl !== this.#context.basePath + path) return false;
    const accept = request.headers["accept-encoding"];
    // gzip is ready at once; brotli-only clients get brotli when it is.
    if (bestEncoding(accept, ["gzip"]) === undefined) return false;
    const asset = await this.#get(upstreamUrl, request.headers.host);
    if (asset === undefined) return false;
    const offered: Encoding[] = asset.content.br === undefined ? ["gzip"] : ["br", "gzip"];
    send(exchange, response, asset, bestEncoding(accept, offered) ?? "gzip");
    return true;
  }

  async warm(): Promise<void> {
    const { basePath } = this.#context;
    try {
      const page = await this.#fetch(`${basePath}/`, undefined, () => true);
      const { etag } = page?.headers ?? {};
      if (page !== undefined && recognizePage(page.body.toString("latin1"), true) === "page")
        this.#pages.learn("/", typeof etag === "string" ? etag : undefined);
      const urls = new Set<string>();
      for (const [, reference] of (page?.body.toString("utf8") ?? "").matchAll(IN_PAGE))
        if (reference !== undefined && isHashedText(`/${reference}`))
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
      this.#shelf.forgetAddresses();
    }
    // A server behind several hosts may have another file for each of them.
    const key = `${host?.toLowerCase() ?? ""} ${url}`;
    return this.#shelf.get(key, () => this.#fetch(url, host, isForAll));
  }

  async #fetch(
    path: string,
    host: string | undefined,
    wanted: (headers: OutgoingHttpHeaders) => boolean,
  ): Promise<{ headers: OutgoingHttpHeaders; body: Buffer } | undefined> {
    const { retry, upstream } = this.#context;
    const headers: OutgoingHttpHeaders = { "accept-encoding": "identity" };
    if (host !== undefined) headers["host"] = host;
    // Loaded for all waiting clients, so it continues if one of them goes away.
    const client = { gone: false, onGone: () => () => {} };
    const { response } = await retry.hold(client, (fresh) =>
      this.#connections.ask(upstream(), { method: "GET", path, headers }, client, fresh),
    );
    const kept = passedOn(response);
    const isTooLong = Number(response.headers["content-length"] ?? 0) > MAX_BYTES;
    if (response.statusCode !== 200 || isTooLong || !wanted(kept)) {
      response.once("error", () => {});
      response.destroy();
      return undefined;
    }
    try {
      return { headers: kept, body: await plainBody(response, MAX_BYTES) };
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
  if (isCurrent(request.headers["if-none-match"], request.headers["if-modified-since"], headers)) {
    delete headers["content-type"];
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const { br, gzip } = asset.content;
  const body = encoding === "br" && br !== undefined ? br : gzip;
  headers["content-encoding"] = encoding;
  headers["content-length"] = body.length;
  response.writeHead(200, headers);
  response.end(body);
}

/**
 * Whether the path is that of a text under `/static/` with a hash of its content in its name, as in
 * `/static/js/index.DormvYxC.js`. The name is read once, from its end: a pattern for all of it
 * would try each place where the hash could begin.
 */
export function isHashedText(path: string): boolean {
  if (!path.startsWith(FOLDER) || path.length > MAX_PATH || !PLAIN.test(path)) return false;
  const dot = path.lastIndexOf(".");
  if (!TEXT.has(path.slice(dot + 1))) return false;
  for (let at = dot - 1; at > 0; at--) {
    const character = path.charAt(at);
    if (character === "/") return false;
    const isMark = character === "." || character === "-";
    if (isMark && dot - at > MIN_HASH) return true;
    if (character === ".") return false;
  }
  return false;
}

/** Whether Streamlit says that every client gets this file, forever. */
function isForAll(headers: OutgoingHttpHeaders): boolean {
  const { "content-type": type, "cache-control": cache } = headers;
  const immutable =
    /\bimmutable\b/i.test(String(cache)) && !/\b(?:private|no-store)\b/i.test(String(cache));
  // It is requested with nothing from the client except its Host.
  const varies = [headers["vary"] ?? []]
    .flat()
    .join(",")
    .split(",")
    .some((name) => !["", "accept-encoding", "host"].includes(name.trim().toLowerCase()));
  // For an asset of another version Streamlit answers with its page.
  const isPage = /^\s*text\/html\b/i.test(String(type));
  return immutable && !varies && !isPage && headers["set-cookie"] === undefined;
}

/** Whether the client already has this version (RFC 9110, 13.2.2). */
function isCurrent(
  noneMatch: string | undefined,
  since: string | undefined,
  { etag, "last-modified": modified }: OutgoingHttpHeaders,
): boolean {
  if (noneMatch !== undefined) {
    const bare = etag === undefined ? undefined : opaqueTag(etag);
    return noneMatch
      .split(",", MAX_TAGS)
      .some((tag) => tag.trim() === "*" || opaqueTag(tag) === bare);
  }
  if (since === undefined || modified === undefined) return false;
  return Date.parse(modified) <= Date.parse(since);
}
