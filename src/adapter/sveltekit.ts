import {
  bindSession,
  isBound,
  scopes,
  type GivenOptions,
  type Sessions,
  type SessionsOptions,
} from "../sessions/index.ts";
import { handleRequest } from "./fetch/index.ts";
import { lazySessions } from "./lazy-sessions.ts";

export type { Sessions, SessionsOptions };

/** The part of SvelteKit's `RequestEvent` that the adapter uses. */
export interface SvelteKitEventLike {
  /** The request. */
  readonly request: Request;
  /** Its URL. */
  readonly url: URL;
  /** Whether the app itself sends the request while it renders. */
  readonly isSubRequest: boolean;
  /** The direct peer's address. Throws while SvelteKit prerenders. */
  getClientAddress(): string;
}

declare global {
  namespace App {
    // oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- apps add to it, as SvelteKit says
    interface Locals {}
  }
}

/** The event, as `identify` gets it. */
export interface SvelteKitRequest extends SvelteKitEventLike {
  /** Data that other hooks have put there: often who is signed in. */
  readonly locals: App.Locals;
  /** The request's cookies. */
  readonly cookies: { get(name: string): string | undefined };
}

/** A `handle` hook of SvelteKit. */
export interface SvelteKitHandle {
  <E extends SvelteKitEventLike>(input: {
    event: E;
    resolve: (event: E) => Response | Promise<Response>;
  }): Promise<Response>;
  /** The sessions, made at the first request: listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for SvelteKit, in `src/hooks.server.ts`: `export const handle = persistSession()`.
 * `restore` works in `load`, in form actions, endpoints and remote functions. The answer leaves
 * when the commit is done. If the commit fails, SvelteKit's own error page is the answer.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets the event
 * @throws PersistError at the first request: `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 * @example
 * ```ts
 * // src/hooks.server.ts
 * import { persistSession } from "persist-session/sveltekit";
 *
 * export const handle = persistSession({ ttl: "7d" });
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<SvelteKitRequest, U> | Sessions,
): SvelteKitHandle {
  const sessions = lazySessions(options);
  const handle = async <E extends SvelteKitEventLike>({
    event,
    resolve,
  }: {
    event: E;
    resolve: (event: E) => Response | Promise<Response>;
  }): Promise<Response> => {
    // A load function that fetches its own endpoint is a part of the outer request, whose answer
    // sets the cookie.
    if (event.isSubRequest) {
      const outer = scopes.getStore();
      if (outer !== undefined && !isBound(event)) bindSession(event, outer.session);
      return await resolve(event);
    }
    const remoteAddress = addressOf(event);
    if (remoteAddress === "prerendering") return await resolve(event);
    const { request, url } = event;
    const asked = { request, appRequest: event, remoteAddress, secure: url.protocol === "https:" };
    return await handleRequest(sessions(), asked, () => resolve(event));
  };
  return Object.defineProperty(handle as SvelteKitHandle, "sessions", { get: sessions });
}

/** While it builds, SvelteKit itself requests pages. */
function addressOf(event: SvelteKitEventLike): string | undefined {
  try {
    return event.getClientAddress();
  } catch (error) {
    return /prerender/i.test(String(error)) ? "prerendering" : undefined;
  }
}
