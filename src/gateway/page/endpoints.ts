import type { ServerResponse } from "node:http";
import { adopt, alive, hello, join } from "./posts.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import { isScriptPath, scriptPath } from "./script.ts";
import type { Exchange } from "../proxy/index.ts";
import { readSmallBody } from "./small-body.ts";
import { isOwnPost, originBehindProxy } from "../same-origin.ts";
import { ORIGIN_NOTE_HEADER, makeOriginNote } from "../tickets/index.ts";

const PREFIX = "/_persist/";
const POSTS = { adopt, alive, hello, join } as const;

/**
 * Answers requests below `/_persist/`, and for the page's script. @returns whether it was one of
 * these
 */
export async function answerOwn(
  parts: GatewayParts,
  exchange: Exchange,
  response: ServerResponse,
): Promise<boolean> {
  const isScript = isScriptPath(exchange.path);
  if (!isScript && !exchange.path.startsWith(PREFIX)) return false;
  const name = exchange.path.slice(PREFIX.length);
  const method = exchange.request.method ?? "GET";
  response.setHeader("x-content-type-options", "nosniff");
  if (Object.hasOwn(POSTS, name)) {
    await answerPost(parts, exchange, response, name as keyof typeof POSTS);
  } else if (method !== "GET" && method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    end(response, 405);
  } else if (isScript) {
    await answerScript(parts, exchange, response);
  } else if (name === "health") {
    // Only says that this process runs: does not check its dependencies.
    const { keptTabs } = parts;
    endJson(response, 200, {
      status: "ok",
      ...(keptTabs !== undefined && { keptTabs: keptTabs() }),
    });
  } else if (name === "ready") {
    const ready = await parts.readyCheck.run(parts);
    endJson(response, ready.status === "ok" ? 200 : 503, ready);
  } else {
    end(response, 404);
  }
  return true;
}

async function answerPost(
  parts: GatewayParts,
  exchange: Exchange,
  response: ServerResponse,
  name: keyof typeof POSTS,
): Promise<void> {
  response.setHeader("cache-control", "no-store");
  if (exchange.request.method !== "POST") {
    response.setHeader("allow", "POST");
    end(response, 405);
  } else if (!isOwnPost(parts.sessions, exchange)) {
    end(response, 403);
  } else {
    const body = await readSmallBody(exchange.request, parts.times.smallBody);
    if (body === "gone") return;
    if (body === "too long") return end(response, 413);
    if (body === "late") {
      response.setHeader("connection", "close");
      return end(response, 408);
    }
    const { status, cookie, session } = await POSTS[name](parts, exchange, body.text);
    if (cookie !== undefined) response.setHeader("set-cookie", cookie);
    const note = session === undefined ? undefined : originNote(parts, exchange, session);
    if (note !== undefined) response.setHeader(ORIGIN_NOTE_HEADER, note);
    end(response, status);
  }
}

/** What the page needs to open its socket with the session, if a proxy has rewritten Host. */
function originNote(
  { sessions }: GatewayParts,
  exchange: Exchange,
  session: string,
): string | undefined {
  const origin = originBehindProxy(exchange);
  return origin === undefined
    ? undefined
    : makeOriginNote(sessions.ring, { session, origin }, sessions.engine.ttl);
}

async function answerScript(
  { script }: GatewayParts,
  { request, path }: Exchange,
  response: ServerResponse,
): Promise<void> {
  const { text, gzipped, hash } = await script;
  const isZipped = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  const body = isZipped ? gzipped : text;
  // A page of an older gateway asks for an older script. It gets this one, which no cache may keep
  // under that address.
  const isCurrent = path === `/${scriptPath(hash)}`;
  response.writeHead(200, {
    "content-type": "text/javascript; charset=utf-8",
    "content-length": body.length,
    "cache-control": isCurrent ? "public, max-age=31536000, immutable" : "no-store",
    vary: "accept-encoding",
    ...(isZipped ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": 0 });
  response.end();
}

function endJson(response: ServerResponse, status: number, value: object): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
