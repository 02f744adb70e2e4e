import { isBound } from "../../sessions/index.ts";

type Next = (error?: unknown) => void;
type Handler = (...args: unknown[]) => unknown;

/** A layer of Express 4's router: one middleware or route. */
interface Layer {
  readonly handle: Handler;
  handle_request(request: object, response: object, next: Next): void;
  handle_error(error: unknown, request: object, response: object, next: Next): void;
}

/** What `app.param` registers. It gets the parameter's value and its name, too. */
type ParamHandler = (request: object, response: object, next: Next, ...rest: unknown[]) => unknown;

interface Router {
  readonly stack?: readonly Layer[];
  /** By the parameter's name. */
  readonly params: Record<string, ParamHandler[]>;
  process_params(...args: unknown[]): void;
}

interface RequestOf4 {
  readonly app?: { readonly _router?: Router };
}

const seen = new WeakSet<object>();
const covered = new WeakSet<ParamHandler>();

/**
 * Express 4 ignores the promise of an async handler, so a failed `restore` (the store is down)
 * would end the process as an unhandled rejection. From the first request on, a rejection goes to
 * `next`, as with Express 5; only for requests that have a session of ours, and not if the app has
 * arranged it already. Does nothing on Express 5.
 */
export function catchRejections(request: object): void {
  const router = (request as RequestOf4).app?._router;
  const layer = router?.stack?.[0];
  if (router === undefined || layer === undefined) return;
  const prototype = Object.getPrototypeOf(layer) as Layer;
  if (seen.has(prototype)) return;
  seen.add(prototype);
  // express-async-errors and similar packages put an accessor there.
  if (Object.hasOwn(prototype, "handle") || typeof prototype.handle_request !== "function") return;
  // oxlint-disable-next-line typescript/unbound-method -- called on the layer
  const { handle_request: handleRequest, handle_error: handleError } = prototype;
  prototype.handle_request = function handle_request(given, response, next) {
    const { handle } = this;
    if (!isBound(given) || handle.length > 3) handleRequest.call(this, given, response, next);
    else call(handle, [given, response, next], next);
  };
  prototype.handle_error = function handle_error(error, given, response, next) {
    const { handle } = this;
    if (!isBound(given) || handle.length !== 4)
      handleError.call(this, error, given, response, next);
    else call(handle, [error, given, response, next], next);
  };
  catchInParams(Object.getPrototypeOf(router) as Router);
}

/** Handlers of parameters are in no layer: each router calls its own. */
function catchInParams(prototype: Router): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on the router
  const { process_params: processParams } = prototype;
  if (typeof processParams !== "function") return;
  prototype.process_params = function process_params(...args) {
    for (const handlers of Object.values(this.params))
      for (const [at, handler] of handlers.entries())
        if (!covered.has(handler)) handlers[at] = coveredParam(handler);
    processParams.apply(this, args);
  };
}

function coveredParam(handler: ParamHandler): ParamHandler {
  const wrapper: ParamHandler = (request, response, next, ...rest) => {
    if (!isBound(request)) handler(request, response, next, ...rest);
    else call(handler as Handler, [request, response, next, ...rest], next);
  };
  covered.add(wrapper);
  return wrapper;
}

function call(handle: Handler, args: unknown[], next: Next): void {
  try {
    const result = handle(...args);
    if (result instanceof Promise)
      // oxlint-disable-next-line promise/no-callback-in-promise -- a router's way to hear of a failure
      result.catch((error: unknown) => next(error ?? new Error("Rejected promise")));
  } catch (error) {
    next(error);
  }
}
