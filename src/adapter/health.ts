import type { IncomingMessage, ServerResponse } from "node:http";
import { readiness, type Sessions } from "../sessions/index.ts";

/** The paths of the answers for a balancer, and how long the store may take for one. */
export interface HealthOptions {
  /**
   * The prefix of the two paths. Default "/_persist": `/_persist/health` and `/_persist/ready`.
   */
  readonly path?: string;
  /** Milliseconds after which a store that has not answered counts as unavailable. Default 1000. */
  readonly timeout?: number;
}

/** The answer for a balancer. */
export interface HealthAnswer {
  readonly status: 200 | 405 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** For `node:http`, Express, and anything else that calls `(request, response, next)`. */
export type HealthHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * `…/health`: the process is there (200). It does not ask the store: a restart of the app does not
 * help if the database is down. `…/ready`: the store answers in time (200), or not (503 with the
 * error's code): send requests elsewhere.
 *
 * @param url - path, with or without a query
 * @returns undefined if the path is none of these
 */
export async function healthAnswer(
  sessions: Sessions,
  { method, url }: { readonly method?: string | undefined; readonly url?: string | undefined },
  { path = "/_persist", timeout = 1000 }: HealthOptions = {},
): Promise<HealthAnswer | undefined> {
  const asked = healthPath(url, path);
  if (asked === undefined) return undefined;
  if (method !== "GET" && method !== "HEAD") {
    return answer(405, { status: "method not allowed" }, { allow: "GET, HEAD" });
  }
  if (asked === "health") return answer(200, { status: "ok" });
  const { ready, code } = await readiness(sessions.engine, timeout);
  return ready ? answer(200, { status: "ok" }) : answer(503, { status: "unavailable", code });
}

/** Whether a request is one for `healthAnswer`. */
export function healthPath(
  url: string | undefined,
  path: string = "/_persist",
): "health" | "ready" | undefined {
  const asked = url?.split("?", 1)[0];
  if (asked === `${path}/health`) return "health";
  return asked === `${path}/ready` ? "ready" : undefined;
}

/**
 * The answers as a handler, before or after the sessions themselves; needs no session and sets no
 * cookie.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { healthHandler, persistSession } from "persist-session/express";
 *
 * const persist = persistSession();
 * const app = express();
 * app.use(healthHandler(persist.sessions)); // GET /_persist/health and /_persist/ready
 * app.use(persist);
 * app.get("/", (_request, response) => void response.send("hello"));
 * app.listen(3000);
 * ```
 */
export function healthHandler(sessions: Sessions, options?: HealthOptions): HealthHandler {
  return (request, response, next) => {
    if (healthPath(request.url, options?.path) === undefined) return next();
    healthAnswer(sessions, request, options)
      .then((found) => found !== undefined && sendHealth(request, response, found))
      // oxlint-disable-next-line promise/no-callback-in-promise -- a handler's way to report a failure
      .catch(next);
  };
}

/** Sends it as a response of Node. */
export function sendHealth(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HealthAnswer,
): void {
  response.writeHead(status, headers).end(method === "HEAD" ? undefined : body);
}

function answer(
  status: HealthAnswer["status"],
  content: object,
  more: Record<string, string> = {},
): HealthAnswer {
  const body = `${JSON.stringify(content)}\n`;
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    ...more,
  };
  return { status, headers, body };
}
