import type { IncomingMessage, ServerResponse } from "node:http";
import { PersistError } from "../errors.ts";

/** An argument that some framework calls a route with. */
// oxlint-disable-next-line typescript/no-explicit-any -- frameworks' own contexts, which no type of ours can name
export type RouteArgument = any;

/** The request that a route was called for. */
export interface RouteParts {
  /** The object by which an adapter knows the session. */
  readonly request: object;
  readonly method: string | undefined;
  readonly lastEventId: string | undefined;
  /** Aborted when the page has gone, if the framework says so. */
  readonly signal: AbortSignal | undefined;
  /** Where the answer is written, if the framework does not take a Response. */
  readonly node: ServerResponse | undefined;
  /** Tells the framework that the answer is written elsewhere. */
  readonly hijack: (() => void) | undefined;
}

type Shape = Record<string, unknown>;

/** @throws PersistError `ERR_OPTION_INVALID` if the arguments are no route's */
export function partsOf([first, second]: readonly RouteArgument[]): RouteParts {
  const web = [first, part(first, "request"), part(first, "req", "raw"), part(first, "req")].find(
    isWeb,
  );
  if (web !== undefined) {
    const lastEventId = web.headers.get("last-event-id") ?? undefined;
    return {
      request: web,
      method: web.method,
      lastEventId,
      signal: web.signal,
      node: undefined,
      hijack: undefined,
    };
  }
  const request = [first, part(first, "raw"), part(first, "req"), part(first, "node", "req")].find(
    isNode,
  );
  const node = [second, part(second, "raw"), part(first, "res"), part(first, "node", "res")].find(
    isNodeResponse,
  );
  if (request === undefined || node === undefined) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "liveEvents() was called with neither a Request nor Node's request and response. Give it to the framework as the handler of a GET route.",
    );
  }
  const header = request.headers["last-event-id"];
  const koa = isKoa(first) ? first : undefined;
  return {
    request,
    method: request.method,
    lastEventId: typeof header === "string" ? header : undefined,
    signal: undefined,
    node,
    hijack: koa === undefined ? fastifyHijack(second, node) : () => void (koa.respond = false),
  };
}

/**
 * Fastify keeps the headers that hooks have set (CORS, helmet) to itself, and forgets them when the
 * answer is written elsewhere.
 */
function fastifyHijack(reply: RouteArgument, node: ServerResponse): (() => void) | undefined {
  if (typeof part(reply, "hijack") !== "function") return undefined;
  return () => {
    const headers = Object.entries(reply.getHeaders() as Record<string, string | string[]>);
    for (const [name, value] of headers) node.setHeader(name, value);
    reply.hijack();
  };
}

function part(of: unknown, ...path: string[]): unknown {
  let value = of;
  for (const name of path) value = (value as Shape | null | undefined)?.[name];
  return value;
}

function isWeb(value: unknown): value is Request {
  return (
    typeof part(value, "headers", "get") === "function" &&
    typeof part(value, "url") === "string" &&
    part(value, "socket") === undefined
  );
}

function isNode(value: unknown): value is IncomingMessage {
  return (
    typeof part(value, "headers") === "object" && typeof part(value, "httpVersion") === "string"
  );
}

function isKoa(value: unknown): value is { respond?: boolean } {
  return (
    isNode(part(value, "req")) &&
    part(value, "app") !== undefined &&
    part(value, "cookies") !== undefined
  );
}

function isNodeResponse(value: unknown): value is ServerResponse {
  return typeof part(value, "writeHead") === "function";
}
