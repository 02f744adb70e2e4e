/** Of a request that is another object in each framework that it passes: Express, then Astro. */
interface RequestLine {
  readonly method: string;
  /** By the address, or if that has none by the header. */
  readonly host: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
}

interface RequestLike {
  readonly method?: unknown;
  readonly url?: unknown;
  /** Express's and connect's, which shorten `url` below a mount. */
  readonly originalUrl?: unknown;
  readonly headers?: unknown;
}

/** React Router asks for a page's data by the page's address with this at its end. */
const DATA = ".data";

/**
 * Whether a request that has come while another one was being answered is the same one: a framework
 * has made an object of its own of it. It must ask for the same with the very same headers. What an
 * app makes itself has no header `Host`, and asks for something else.
 */
export function looksLike(outer: object, inner: object): boolean {
  const [one, other] = [lineOf(outer), lineOf(inner)];
  if (one === undefined || other === undefined || one.method !== other.method) return false;
  if (!one.headers.has("host") || !isSamePlace(one, other)) return false;
  for (const name of ["cookie", "authorization", "host"])
    if (one.headers.get(name) !== other.headers.get(name)) return false;
  for (const [name, value] of other.headers) if (one.headers.get(name) !== value) return false;
  return true;
}

function isSamePlace(outer: RequestLine, inner: RequestLine): boolean {
  if (outer.path.endsWith(DATA)) return true;
  if (outer.query !== inner.query) return false;
  if (outer.path === inner.path) return true;
  // Mounted below a path, a framework sees the rest of it. The app's own requests go to a host of
  // no name.
  const isRest = inner.path === "/" || outer.path.endsWith(inner.path);
  return isRest && inner.host === outer.headers.get("host");
}

function lineOf(request: RequestLike): RequestLine | undefined {
  const { method, headers } = request;
  const url = request.originalUrl ?? request.url;
  if (typeof method !== "string" || typeof url !== "string" || !headers) return undefined;
  const isWhole = /^[a-z]+:/i.test(url);
  const whole = isWhole ? url : `http://localhost${url}`;
  // "OPTIONS *" asks for no address.
  if (!URL.canParse(whole)) return undefined;
  const { pathname, search, host } = new URL(whole);
  const known = headersOf(headers);
  return {
    method,
    host: isWhole ? host : known.get("host"),
    path: pathname,
    query: search,
    headers: known,
  };
}

function headersOf(headers: object): ReadonlyMap<string, string> {
  const entries = (Symbol.iterator in headers ? headers : Object.entries(headers)) as Iterable<
    [string, string | readonly string[] | undefined]
  >;
  const found = new Map<string, string>();
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    const text = typeof value === "string" ? value : value.join(", ");
    // The first is HTTP/2's word for it; the others of this form are no headers.
    if (name === ":authority") found.set("host", text);
    else if (!name.startsWith(":")) found.set(name.toLowerCase(), text);
  }
  return found;
}
