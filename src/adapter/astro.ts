import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import { handleRequest } from "./fetch/index.ts";
import { lazySessions } from "./lazy-sessions.ts";

export type { Sessions, SessionsOptions };

/** The part of Astro's `APIContext` that the adapter uses. */
export interface AstroContextLike {
  /** The request. */
  readonly request: Request;
  /** Its URL. */
  readonly url: URL;
  /** Whether Astro renders the page while it builds. */
  readonly isPrerendered: boolean;
  /** The direct peer's address. Some adapters throw. */
  readonly clientAddress: string;
}

declare global {
  namespace App {
    // oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- apps add to it, as Astro says
    interface Locals {}
  }
}

/** Astro's context, as `identify` gets it. */
export interface AstroRequest extends AstroContextLike {
  /** Data that middleware has put there: often who is signed in. */
  readonly locals: App.Locals;
  /** The request's cookies. */
  readonly cookies: { get(name: string): { readonly value: string } | undefined };
}

/** A middleware of Astro. */
export interface AstroMiddleware {
  (context: AstroContextLike, next: () => Promise<Response>): Promise<Response>;
  /** The sessions, made at the first request: listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Astro, in `src/middleware.ts`: `export const onRequest = persistSession()`.
 * `restore` works in pages and components that are rendered on demand, in endpoints and in actions.
 * The answer leaves when the commit is done. If the commit fails, Astro's `500.astro` is the
 * answer.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets Astro's context
 * @throws PersistError at the first request: `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 * @example
 * ```ts
 * // src/middleware.ts
 * import { persistSession } from "persist-session/astro";
 *
 * export const onRequest = persistSession({ ttl: "7d" });
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<AstroRequest, U> | Sessions,
): AstroMiddleware {
  const sessions = lazySessions(options);
  const middleware = async (
    context: AstroContextLike,
    next: () => Promise<Response>,
  ): Promise<Response> => {
    // A page that was rendered during the build is the same for all visitors.
    if (context.isPrerendered) return await next();
    const { request, url } = context;
    const asked = {
      request,
      appRequest: context,
      remoteAddress: addressOf(context),
      secure: url.protocol === "https:",
      // Astro keeps it through rewrites, which run the middleware again on another request.
      thread: (context as Partial<AstroRequest>).locals ?? context,
    };
    return await handleRequest(sessions(), asked, next);
  };
  return Object.defineProperty(middleware as AstroMiddleware, "sessions", { get: sessions });
}

/** Adapters that do not know the address throw. */
function addressOf(context: AstroContextLike): string | undefined {
  try {
    return context.clientAddress;
  } catch {
    return undefined;
  }
}
