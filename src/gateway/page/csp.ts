import type { IncomingHttpHeaders } from "node:http";

/**
 * What a page's Content-Security-Policy (W3C CSP Level 3) says about a script that the gateway puts
 * into it.
 */
export interface ScriptPolicy {
  /** The nonce to give the script, if a policy has one. */
  readonly nonce: string | undefined;
  /** The directive that blocks the script; undefined if nothing does. */
  readonly blockedBy: string | undefined;
}

/** Where a script would come from. */
export interface ScriptPlace {
  readonly secure: boolean;
  /** With its port, if it has one. */
  readonly host: string | undefined;
  readonly path: string;
}

const MAX_POLICY = 16 * 1024;
const META = /<meta\s[^>]{0,4000}>/gi;

/**
 * Reads the policies of an answer, from its headers and its own `meta` elements. A policy that
 * something in front of the gateway adds cannot be seen here.
 */
export function scriptPolicy(
  headers: IncomingHttpHeaders,
  page: string,
  place: ScriptPlace,
): ScriptPolicy {
  const sources = policies(headers, page).flatMap((policy) => scriptSources(policy) ?? []);
  const nonces = sources.map(noncesOf);
  // One element has one nonce, and every policy has to allow the element.
  const shared = nonces
    .flat()
    .find((nonce) => nonces.every((of) => of.length === 0 || of.includes(nonce)));
  const nonce = shared ?? nonces.flat()[0];
  const blocking = sources.find((list) => !allows(list, nonce, place));
  return { nonce, blockedBy: blocking && `${blocking.directive} ${blocking.list.join(" ")}` };
}

interface Sources {
  readonly directive: string;
  readonly list: readonly string[];
}

function policies(headers: IncomingHttpHeaders, page: string): string[] {
  const given = headers["content-security-policy"];
  const texts = [given ?? []].flat();
  for (const [element] of withoutComments(page).matchAll(META)) {
    if (!/\bhttp-equiv\s*=\s*["']?content-security-policy["'\s/>]/i.test(element)) continue;
    const content = /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(element);
    texts.push(
      (content?.[1] ?? content?.[2] ?? "").replaceAll("&#39;", "'").replaceAll("&quot;", '"'),
    );
  }
  return texts.filter((text) => text.length <= MAX_POLICY).flatMap((text) => text.split(","));
}

/**
 * Removes comments in linear time. A comment that does not end includes the rest of the page, as in
 * browsers.
 */
function withoutComments(page: string): string {
  const [first = "", ...others] = page.split("<!--");
  const kept = others.map((part) => {
    const end = part.indexOf("-->");
    return end === -1 ? "" : part.slice(end + 3);
  });
  return first + kept.join("");
}

/**
 * The source list that counts for a `script` element; undefined if the policy says nothing about
 * scripts.
 */
function scriptSources(policy: string): Sources | undefined {
  const directives = new Map<string, string[]>();
  for (const text of policy.split(";")) {
    const [name = "", ...list] = text.trim().split(/\s+/);
    // The first directive of a name counts.
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), list);
  }
  for (const directive of ["script-src-elem", "script-src", "default-src"]) {
    const list = directives.get(directive);
    if (list !== undefined) return { directive, list };
  }
  return undefined;
}

function noncesOf({ list }: Sources): string[] {
  return list.flatMap((source) => /^'nonce-([\w+/=-]+)'$/i.exec(source)?.[1] ?? []);
}

function allows(sources: Sources, nonce: string | undefined, place: ScriptPlace): boolean {
  if (nonce !== undefined && noncesOf(sources).includes(nonce)) return true;
  // With it the other sources are ignored.
  if (sources.list.some((source) => source.toLowerCase() === "'strict-dynamic'")) return false;
  return sources.list.some((source) => matches(source, place));
}

function matches(source: string, { secure, host = "", path }: ScriptPlace): boolean {
  const lower = source.toLowerCase();
  if (lower === "'self'" || lower === "*") return true;
  if (lower.startsWith("'")) return false;
  const scheme = /^([a-z][a-z0-9+.-]*):$/.exec(lower)?.[1];
  if (scheme !== undefined) return scheme === "http" || (scheme === "https" && secure);
  const parts = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/:]+)(?::(\d+|\*))?(\/[^?#]*)?$/i.exec(source);
  if (parts === null) return false;
  const [, wantedScheme, wantedHost = "", wantedPort, wantedPath] = parts;
  if (wantedScheme?.toLowerCase() === "https" && !secure) return false;
  const [name = "", port = secure ? "443" : "80"] = host.toLowerCase().split(/:(?=\d+$)/);
  const isHost = wantedHost.startsWith("*.")
    ? name.endsWith(wantedHost.slice(1).toLowerCase())
    : wantedHost === "*" || name === wantedHost.toLowerCase();
  const isPort =
    wantedPort === "*" ||
    (wantedPort ?? (secure ? "443" : "80")) === port ||
    (wantedPort === "80" && port === "443");
  if (!isHost || !isPort) return false;
  if (wantedPath === undefined || wantedPath === "/") return true;
  return wantedPath.endsWith("/") ? path.startsWith(wantedPath) : path === wantedPath;
}
