import type { GatewayParts } from "../gateway-parts.ts";
import type { Exchange } from "../proxy/index.ts";
import { changedCookies, cookieMarks } from "./other-cookies.ts";
import { withoutOwnCookie } from "./own-cookie.ts";

/** How many names of cookies a line of the log holds, and how long each may be. */
const MAX_NAMES = 5;
const MAX_NAME = 64;

/** What is kept of a request's cookies, to say later which ones have changed. */
export function marksOf({ sessions }: GatewayParts, { request }: Exchange): Uint32Array {
  return cookieMarks(withoutOwnCookie(request.headers.cookie, sessions.cookie));
}

const warned = new WeakSet<object>();

/**
 * A page could have joined its run but for its cookies. The first time, a line of the log names
 * them: a proxy or a script that changes a cookie all the time would end the run of every reload.
 *
 * @param before - the cookies of the page before
 */
export function warnOfCookies(
  { sessions }: GatewayParts,
  { request }: Exchange,
  before: Uint32Array,
): void {
  const { engine } = sessions;
  if (warned.has(engine)) return;
  warned.add(engine);
  const header = withoutOwnCookie(request.headers.cookie, sessions.cookie);
  // A name is the visitor's word, so it is quoted.
  const names = changedCookies(header, before).map((name) =>
    JSON.stringify(name.slice(0, MAX_NAME)),
  );
  const some = names.slice(0, MAX_NAMES).join(", ") + (names.length > MAX_NAMES ? ", …" : "");
  engine.warn(
    `a run ended with the reload of its page, because a cookie of the browser may have changed, and that may be a login or a logout` +
      `${names.length === 0 ? "" : ` (new, or with another value: ${some})`}. ` +
      "If a proxy or a script changes a cookie all the time, no run goes on over a reload.",
  );
}
