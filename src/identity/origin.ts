import { PersistError } from "../errors.ts";

/** What the headers of a request say about the page that sent it. */
export interface OriginClaims {
  /** The Origin header. */
  readonly origin: string | undefined;
  /** The Sec-Fetch-Site header. A browser sets it, and no page can. */
  readonly site: string | undefined;
  /** The host, with its port, that the browser asked for, as reported by trusted proxies. */
  readonly host: string | undefined;
  /** Whether the browser came over HTTPS, as reported by trusted proxies. */
  readonly secure: boolean;
}

/**
 * Whose page sent a request. `own`: a page of this very origin. `named`: one of an origin that the
 * operator named. `unsaid`: the request says nothing, so no browser sent it, or one that sends no
 * Origin here. `foreign`: any other page.
 */
export type PageOrigin = "own" | "named" | "unsaid" | "foreign";

/** The origins that the operator named. */
export type AllowedOrigins = ReadonlySet<string>;

// RFC 6454, 7: scheme, host and port, as browsers write them. Anything else in the header is none
// of a page's.
const ORIGIN = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#@\\]{1,300}$/i;

/**
 * Checks the option `allowOrigin`.
 * @throws PersistError `ERR_OPTION_INVALID` unless each one is the origin of a page, such as
 * "https://app.example.com:8443"
 */
export function parseAllowedOrigins(option: string | readonly string[] = []): AllowedOrigins {
  const entries: readonly unknown[] = typeof option === "string" ? [option] : option;
  if (!Array.isArray(entries)) throw invalid();
  return new Set(entries.map((entry) => namedOrigin(entry)));
}

function namedOrigin(entry: unknown): string {
  // People copy it with a slash at the end, which is no path.
  const text = typeof entry === "string" ? entry.trim().replace(/\/$/, "") : "";
  const origin = text.includes("*") ? undefined : normalOrigin(text);
  if (origin === undefined) throw invalid();
  return origin;
}

/**
 * Whose page sent the request. The origin has to be the same in scheme, host and port: pages of
 * another port or of a sibling host get the same cookies from the browser, and are still other
 * people's.
 */
export function pageOrigin(claims: OriginClaims, allowed: AllowedOrigins): PageOrigin {
  const { origin, site } = claims;
  const said = origin === undefined ? undefined : normalOrigin(origin);
  // Sandboxed frames and local files say "null", so it is not known whose they are.
  if (origin !== undefined && said === undefined) return "foreign";
  if (said !== undefined && allowed.has(said)) return "named";
  // That holds also if a proxy has rewritten Host, so that the two cannot be compared.
  if (site === "same-origin") return "own";
  if (site !== undefined && site !== "none") return "foreign";
  if (said === undefined) return "unsaid";
  return ownOrigins(claims).includes(said) ? "own" : "foreign";
}

/** The origins that this server has for the browser. */
export function ownOrigins({
  secure,
  host,
}: Pick<OriginClaims, "host" | "secure">): readonly string[] {
  // If TLS ends elsewhere and no trusted proxy says so, the scheme is not known; the host is what
  // tells sites apart.
  const schemes = secure ? ["https"] : ["http", "https"];
  return schemes.flatMap((scheme) => normalOrigin(`${scheme}://${host ?? ""}`) ?? []);
}

/** In lower case and without the scheme's own port, as two origins have to be to be compared. */
function normalOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // Other schemes, such as a browser extension's, have no origin to this parser.
  return url.origin === "null" ? text.toLowerCase() : url.origin;
}

function invalid(): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    'The option "allowOrigin" must be the origins of pages, as a browser sends them: scheme, host and port, such as ' +
      '"https://app.example.com" or "http://localhost:5173", without a path, a user or a star.',
  );
}
