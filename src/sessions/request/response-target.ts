/**
 * The part of Node's response (`ServerResponse`, HTTP/2's too) that takes the session's headers.
 */
export interface NodeResponseTarget {
  /** The header's value so far; undefined if it is not set. */
  getHeader(name: string): unknown;
  /** Sets a header and replaces its earlier value. */
  setHeader(name: string, value: string): unknown;
  /** Adds a header beside those of the same name. */
  appendHeader(name: string, value: string): unknown;
}

/**
 * What the session's cookie can be set on: a Fetch `Response` or its `Headers`, or Node's response.
 */
export type ResponseTarget = Headers | Response | NodeResponseTarget;

/** The headers that an answer needs for its session. */
export interface SessionHeaders {
  /** "set-cookie"; "session-token" in the bearer mode. */
  readonly name: string;
  readonly value: string;
  readonly cacheControl: string;
}

/**
 * Whether the app has forbidden all caches to keep the answer; our header would forbid less (RFC
 * 9111, 5.2.2.5).
 */
function isNoStore(cacheControl: unknown): boolean {
  return typeof cacheControl === "string" && /\bno-store\b/i.test(cacheControl);
}

/**
 * Adds the session's header to those of the app, and says to caches that the answer is this
 * browser's.
 */
export function addSessionHeaders(
  target: Headers | NodeResponseTarget,
  { name, value, cacheControl }: SessionHeaders,
): void {
  if ("setHeader" in target) {
    if (name === "set-cookie") target.appendHeader(name, value);
    else target.setHeader(name, value);
    if (!isNoStore(target.getHeader("cache-control")))
      target.setHeader("cache-control", cacheControl);
    return;
  }
  if (name === "set-cookie") target.append(name, value);
  else target.set(name, value);
  if (!isNoStore(target.get("cache-control"))) target.set("cache-control", cacheControl);
}

/**
 * A Response like this one with headers that can be changed: those of `Response.redirect()` and
 * `fetch()` cannot.
 */
export function openedResponse(response: Response): Response {
  const { status, statusText } = response;
  // A ponyfill's Response does not count: it is not an instance of this realm's class.
  const headers = new Headers([...response.headers]);
  return new Response(response.body, { status, statusText, headers });
}
