import { PersistError } from "../errors.ts";
import {
  boundSession,
  type RequestScope,
  type Scope,
  scopes,
  type Sessions,
} from "../sessions/index.ts";
import { looksLike } from "./looks-like.ts";

/**
 * The scope that another adapter has open for the same request, if there is one. A request that the
 * app sends to itself within a scope (`app.inject()`, `app.request()`) is another request.
 *
 * @param raw - Node's or the runtime's request
 * @param own - an object that the framework makes for each request, if there is one. An app may
 *   hand the same `Request` to its handlers again and again
 */
export function outerScope(raw: object, own: object | undefined): RequestScope | undefined {
  const bound = own === undefined ? undefined : boundSession(own);
  const ambient = scopes.getStore();
  // As with nearly every request.
  if (bound === undefined && ambient === undefined) return undefined;
  const known = openScope(bound?.request);
  if (known !== undefined) return known;
  const innermost = openScope(ambient?.session.request);
  for (let at = innermost; at !== undefined; at = openScope(at.outer))
    if (at.raw === raw || boundSession(raw)?.request === at || looksLike(at.raw, raw))
      return innermost;
  return undefined;
}

/**
 * The scope that an adapter of these very sessions has open for the request: its answer is the one
 * that waits and sets the cookie.
 *
 * @param outer - what `outerScope` has found
 * @throws PersistError `ERR_OPTION_INVALID` if other sessions would set the same cookie
 */
export function joinedScope(
  outer: RequestScope | undefined,
  sessions: Sessions,
): RequestScope | undefined {
  for (let at = outer; at !== undefined; at = openScope(at.outer)) {
    if (at.session.isOf(sessions)) return at;
    refuseSecond(at.sessions, sessions);
  }
  return undefined;
}

/**
 * The scope that the code runs in, if it is one of these sessions: for frameworks whose requests to
 * themselves are a part of the request that they come from.
 *
 * @param orRival - also one of other sessions with the same cookie: there the first one counts
 */
export function partOf(sessions: Sessions, { orRival = false } = {}): Scope | undefined {
  const ambient = scopes.getStore();
  if (ambient === undefined || ambient.ended) return undefined;
  if (ambient.session.isOf(sessions)) return ambient;
  const first = ambient.session.request?.sessions;
  return orRival && first !== undefined && areRivals(first, sessions) ? ambient : undefined;
}

/**
 * Refuses other sessions on the same request whose cookie would take the place of the first one's.
 * With cookies of their own both work.
 * @throws PersistError `ERR_OPTION_INVALID`
 */
export function refuseSecond(first: Sessions, second: Sessions): void {
  if (!areRivals(first, second)) return;
  const { bearer, cookie } = first;
  const place = bearer ? "the same header (bearer: true)" : `the same cookie ("${cookie.name}")`;
  const two = bearer ? "" : " If there must be two, give each a cookie.name of its own.";
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `persistSession() stands before this already, with other sessions and ${place}. A browser keeps one id there, so what the other one stores would be lost. ` +
      `Give both the same Sessions: persistSession(first.sessions).${two}`,
  );
}

/** Whether a client would keep one id for both. A browser tells cookies apart by these three. */
function areRivals(first: Sessions, second: Sessions): boolean {
  if (first.bearer || second.bearer) return first.bearer && second.bearer;
  const [one, other] = [first.cookie, second.cookie];
  return one.name === other.name && one.domain === other.domain && one.path === other.path;
}

function openScope(scope: RequestScope | undefined): RequestScope | undefined {
  let at = scope;
  while (at?.inner.ended === true) at = at.outer;
  return at;
}
