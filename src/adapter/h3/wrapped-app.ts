import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { hiddenSlot } from "../../hidden-slot.ts";
import { bindSession, scopes, type Sessions } from "../../sessions/index.ts";
import { answerPlainly, attach, type Attached } from "../node/index.ts";
import { partOf } from "../same-request.ts";
import { leaveWhereCached } from "./cached.ts";
import { PRERENDER_HEADER, withoutSessions } from "./without-session.ts";

/** As much of an event of h3 1 as is needed. */
export interface H3Event {
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse };
  context: Record<string, unknown>;
}

interface H3Options {
  onRequest?: ((event: never) => unknown) | undefined;
  onBeforeResponse?: ((event: never, response: never) => unknown) | undefined;
}

/** As much of an app of h3 1 as is needed. */
export interface H3App {
  /** Answers an event. It is replaced by one that has the sessions. */
  handler: (event: never) => unknown;
  /** The app's own handlers. */
  readonly stack: readonly unknown[];
  /** The app's hooks. */
  readonly options: H3Options;
}

/** Whether it is an app of h3 1, which has no middleware that stands around the others. */
export function isH3App(target: object): target is H3App {
  return "handler" in target && "stack" in target && "options" in target;
}

/** Set while Nitro prerenders: no browser has asked, and a build must open no store. */
const prerendering = new AsyncLocalStorage<true>();

/**
 * Nitro hands requests of its own, and those of hosts without Node's server, to the app with a
 * response that has no socket.
 */
function isInner({ res }: H3Event["node"]): boolean {
  return !res.socket;
}

/**
 * Puts all handlers of an app into their request's scope. A commit that fails before anything was
 * sent rejects the app's handler, as if the route had thrown: so the framework answers it as any
 * error.
 */
export function wrapApp(app: H3App, sessions: () => Sessions): void {
  const handler = app.handler as (event: H3Event) => unknown;
  const options = app.options as {
    onRequest?: (event: H3Event) => unknown;
    onBeforeResponse?: (event: H3Event, response: unknown) => unknown;
  };
  const held = hiddenSlot<Attached["held"]>();
  const { onRequest, onBeforeResponse } = options;

  options.onRequest = async (event) => {
    await onRequest?.(event);
    leaveWhereCached(event);
  };
  options.onBeforeResponse = async (event, response) => {
    await onBeforeResponse?.(event, response);
    await held.get(event)?.commitFirst();
  };

  const wrapped = async (event: H3Event): Promise<unknown> => {
    if (scopes.getStore()?.ended !== false && isPrerendered(event))
      return await prerendering.run(true, handler, event);
    let made: Sessions;
    try {
      made = sessions();
    } catch (failure) {
      return await withoutSessions(failure, () => handler(event));
    }
    const ambient = partOf(made, { orRival: true });
    if (ambient !== undefined) {
      bindSession(event, ambient.session);
      return await scopes.run(ambient, handler, event);
    }
    return await handle(event, handler, made, held);
  };
  app.handler = Object.assign(wrapped, handler);
}

async function handle(
  event: H3Event,
  handler: (event: H3Event) => unknown,
  sessions: Sessions,
  slot: ReturnType<typeof hiddenSlot<Attached["held"]>>,
): Promise<unknown> {
  const { req, res } = event.node;
  let fail: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);
  const over = new Promise<void>((resolve) => res.once("close", resolve));
  const { scope, held } = attach(
    sessions,
    req,
    res,
    (error) => {
      if (fail !== undefined) return fail(error);
      // The framework has been told about a failure already, and this was its answer.
      sessions.report(error);
      answerPlainly(res, error);
    },
    event,
  );
  slot.set(event, held);
  try {
    const result = await scope.enter(async () => await handler(event));
    if (held.begun) await Promise.race([over, failed]);
    else if (isInner(event.node)) {
      // A stream is handed on as it is, and the host reads it later.
      await held.commitFirst();
      scope.setCookie(res);
      await scope.end();
    }
    return result;
  } catch (error) {
    fail = undefined;
    // Before the error page: the app's own error is what it shows, and what the route has changed
    // is kept.
    await held.commitFirst().catch((commitError: unknown) => {
      if (commitError !== error) sessions.report(commitError);
    });
    throw error;
  }
}

function isPrerendered({ node }: H3Event): boolean {
  if (prerendering.getStore() === true) return true;
  return isInner(node) && node.req.headers[PRERENDER_HEADER] !== undefined;
}
