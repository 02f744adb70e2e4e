import { isPersistError, PersistError } from "../errors.ts";
import { currentSession, type Session, sessionOf } from "../sessions/index.ts";
import type { Exposed } from "./exposed.ts";
import { LiveStream } from "./live-stream.ts";
import { nodeAnswer } from "./node-answer.ts";
import { partsOf, type RouteArgument } from "./route-arguments.ts";

/** How pages are told about changes. */
export interface LiveEventsOptions {
  /**
   * Milliseconds between two heartbeats on a connection without changes, 1000 to 600000. Default
   * 15000.
   */
  readonly heartbeat?: number;
  /**
   * Open connections of one session in this process. A further one is refused with 429. Default
   * 100.
   */
  readonly maxSubscribers?: number;
}

/**
 * A route handler. It takes the arguments that any framework passes to a route: `(req, res)` of
 * Express, Koa's Node objects or node:http, `(request, reply)` of Fastify, Hono's context, an event
 * of h3, a fetch `Request`, or an object that has one as `request` (SvelteKit, React Router,
 * Astro).
 */
export type LiveEvents = (...route: RouteArgument[]) => Promise<Response>;

/**
 * A route that tells a page about each change of its own session's states, by server-sent events
 * for `persist-session/client`. One route serves all states that are exposed. The adapter's
 * middleware must come before it.
 *
 * A user's state is left out while no user is signed in; the login ends the stream, and the page
 * comes again.
 *
 * The answer is 409 to a browser that has no session yet (the page asks again), and 429 beyond
 * `maxSubscribers`.
 *
 * @throws PersistError `ERR_OPTION_INVALID`
 * @example
 * ```ts
 * import express from "express";
 * import { persist } from "persist-session";
 * import { persistSession } from "persist-session/express";
 * import { expose, liveEvents } from "persist-session/live";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const app = express();
 * app.use(persistSession());
 * app.get("/live", liveEvents([expose(Cart, ["items"])]));
 * app.listen(3000);
 * ```
 */
export function liveEvents(
  exposed: readonly Exposed[],
  { heartbeat = 15_000, maxSubscribers = 100 }: LiveEventsOptions = {},
): LiveEvents {
  checkStates(exposed);
  checkWhole("heartbeat", heartbeat, 1000, 600_000);
  checkWhole("maxSubscribers", maxSubscribers, 1, 1_000_000);
  const open = new Map<string, number>();

  const subscribe = async (
    session: Session,
    lastEventId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> => {
    if (session.isNew) throw noSession();
    const { id } = session;
    const others = open.get(id) ?? 0;
    if (others >= maxSubscribers) throw tooMany(maxSubscribers);
    open.set(id, others + 1);
    const over = (): void => {
      const left = (open.get(id) ?? 1) - 1;
      if (left === 0) open.delete(id);
      else open.set(id, left);
    };
    const stream = new LiveStream({
      session,
      exposed,
      lastEventId,
      heartbeat,
      over,
    });
    const body = await stream.open();
    if (body === undefined) throw noSession();
    // Not every framework cancels the answer to a page that has gone before it.
    signal?.addEventListener("abort", () => stream.close(), { once: true });
    if (signal?.aborted === true) stream.close();
    return new Response(body, { headers: HEADERS });
  };

  return async (...route) => {
    const { request, method, lastEventId, signal, node, hijack } = partsOf(route);
    let answer: Response;
    try {
      const session = sessionFor(request);
      // Frameworks answer HEAD by the route of GET, and a stream without a body would never end.
      answer =
        method === "HEAD"
          ? new Response(null, { headers: HEADERS })
          : await subscribe(session, lastEventId, signal);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      answer = refusal;
    }
    if (node === undefined) return answer;
    await nodeAnswer(answer, node, hijack);
    return answer;
  };
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // Neither caches nor compression: both would hold events back. The second header is for nginx.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

const STATUS: Record<string, number> = { ERR_LIVE_NO_SESSION: 409, ERR_LIVE_TOO_MANY: 429 };

function sessionFor(request: object): Session {
  try {
    return sessionOf(request);
  } catch {
    return currentSession();
  }
}

/** What the page is told in JSON. Other failures are the framework's. */
function refusalOf(error: unknown): Response | undefined {
  if (!isPersistError(error)) return undefined;
  const status = STATUS[error.code];
  if (status === undefined) return undefined;
  const { code, message } = error;
  return Response.json({ code, message }, { status, headers: { "cache-control": "no-store" } });
}

function noSession(): PersistError {
  return new PersistError(
    "ERR_LIVE_NO_SESSION",
    "This browser has no session yet, so there is nothing to report. It gets one with the first change that is stored.",
  );
}

function tooMany(maxSubscribers: number): PersistError {
  return new PersistError(
    "ERR_LIVE_TOO_MANY",
    `This session has ${maxSubscribers} open connections already. Close pages, or raise maxSubscribers of liveEvents().`,
  );
}

function checkStates(exposed: readonly Exposed[]): void {
  if (!Array.isArray(exposed) || exposed.length === 0) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'liveEvents() needs what the page may see: liveEvents([expose(Cart, ["items"])]).',
    );
  }
  const keys = new Set<string>();
  for (const { key } of exposed) {
    if (keys.has(key)) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `liveEvents() was given the state "${key}" twice. Name all its attributes in one expose(…).`,
      );
    }
    keys.add(key);
  }
}

function checkWhole(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `liveEvents(): ${name} must be a whole number from ${min} to ${max}.`,
  );
}
