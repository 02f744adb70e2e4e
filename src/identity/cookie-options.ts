import { PersistError } from "../errors.ts";

/**
 * The options of the session cookie. It is always `HttpOnly`; `Secure` follows from the request.
 */
export interface CookieOptions {
  /**
   * The name without a prefix. Default `persist-session`, plus the app id if we made the secret.
   */
  readonly name?: string | undefined;
  /** Default `"lax"`. `"none"` (for use inside other sites' pages) needs HTTPS. */
  readonly sameSite?: "lax" | "strict" | "none" | undefined;
  /** One cookie per embedding site (CHIPS). Needs HTTPS. Default false. */
  readonly partitioned?: boolean | undefined;
  /**
   * Shares the cookie with all subdomains of this host. Gives up the `__Host-` prefix and its
   * protection. Default: none, so the cookie belongs to this host alone.
   */
  readonly domain?: string | undefined;
  /** Default `"/"`. Any other path gives up the `__Host-` prefix. */
  readonly path?: string | undefined;
}

/** Checked options, with every default filled in. */
export interface CookieSettings {
  /** The name without a prefix. */
  readonly name: string;
  /** The attribute `SameSite` as it is written into the header. */
  readonly sameSite: "Lax" | "Strict" | "None";
  /** Whether there is one cookie per embedding site (CHIPS). */
  readonly partitioned: boolean;
  /** The host whose subdomains share the cookie; undefined for this host alone. */
  readonly domain: string | undefined;
  /** The path below which the browser sends the cookie. */
  readonly path: string;
}

const SAME_SITE = { lax: "Lax", strict: "Strict", none: "None" } as const;
const KNOWN = new Set(["name", "sameSite", "partitioned", "domain", "path"]);

// RFC 9110 "token", which RFC 6265bis asks of a cookie's name.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
// Browsers compare the prefixes without regard to case (RFC 6265bis 5.7).
const PREFIXED = /^__(?:host|secure|http)-/i;
const DOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
// Printable ASCII without ";": nothing can end the attribute or the header.
const PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,1000}$/;

/**
 * Checks the options of the cookie.
 *
 * @param appId - the id made together with our own secret; it becomes part of the default name,
 *   because cookies ignore ports and two apps on localhost would otherwise overwrite each other's
 * @throws `ERR_OPTION_INVALID` naming the option
 */
export function cookieSettings(options: CookieOptions = {}, appId?: string): CookieSettings {
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) {
    throw invalid(
      unknown.slice(0, 40),
      `is not an option of the cookie. There are: ${[...KNOWN].join(", ")}.`,
    );
  }
  const name =
    options.name ?? (appId === undefined ? "persist-session" : `persist-session-${appId}`);
  if (!matches(NAME, name))
    throw invalid("name", "must be 1 to 100 letters, digits or characters of !#$%&'*+-.^_`|~");
  if (PREFIXED.test(name))
    throw invalid("name", "must come without a prefix: __Host- is added over HTTPS.");

  const sameSite = options.sameSite ?? "lax";
  if (typeof sameSite !== "string" || !Object.hasOwn(SAME_SITE, sameSite)) {
    throw invalid("sameSite", 'must be "lax", "strict" or "none".');
  }

  const partitioned = options.partitioned ?? false;
  if (typeof partitioned !== "boolean") throw invalid("partitioned", "must be true or false.");

  // A leading dot means nothing to today's browsers (RFC 6265bis 5.6.3).
  const domain =
    typeof options.domain === "string" ? options.domain.replace(/^\./, "") : options.domain;
  if (domain !== undefined && !matches(DOMAIN, domain))
    throw invalid("domain", 'must be a host name such as "example.com".');

  const path = options.path ?? "/";
  if (!matches(PATH, path))
    throw invalid("path", 'must begin with "/" and hold printable ASCII without spaces and ";".');

  return { name, sameSite: SAME_SITE[sameSite], partitioned, domain, path };
}

/**
 * The name of the cookie in a request: `__Host-…` over HTTPS, unless a domain or a path rules the
 * prefix out. A browser takes a cookie of that name only from this very host over HTTPS, so no
 * sibling subdomain can plant one.
 */
export function cookieName(
  base: string,
  secure: boolean,
  options: Pick<CookieOptions, "domain" | "path">,
): string {
  return secure && options.domain === undefined && (options.path ?? "/") === "/"
    ? `__Host-${base}`
    : base;
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === "string" && pattern.test(value);
}

function invalid(option: string, rule: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", `cookie.${option} ${rule}`);
}
