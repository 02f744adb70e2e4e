import type { GatewayParts } from "../gateway-parts.ts";
import { makeIssue } from "../tickets/index.ts";
import { begin, followLogin } from "./follow-login.ts";
import { scriptPolicy } from "./csp.ts";
import { scriptPath } from "./script.ts";
import type { Exchange, HtmlChange, PageAnswer } from "../proxy/index.ts";
import type { Visitor } from "../tabs/index.ts";

const MAX_PAUSE = 6 * 3_600_000;

/**
 * What Streamlit's page needs: our script, and the session's cookie if the browser has none or its
 * cookie is due for renewal.
 */
export async function changeHtml(
  parts: GatewayParts,
  exchange: Exchange,
  page: PageAnswer,
): Promise<HtmlChange> {
  const { sessions, visitors } = parts;
  if (isPrerender(exchange)) return { refuse: 503, head: "" };
  const visitor = await visitors.find(exchange);
  let cookie: string | undefined;
  let issue: string | undefined;
  if ("id" in visitor) parts.loginCookies.see(visitor.id, exchange.request.headers.cookie);
  const isHeldBack = visitor.is === "none" && mayHoldBack(parts, exchange);
  const next = await followLogin(parts, exchange, visitor);
  if (next !== undefined) {
    cookie = visitors.give(exchange, next);
  } else if (visitor.is === "living") {
    cookie = visitors.renew(exchange, visitor);
  } else if (!isHeldBack && mayIssue(parts, exchange, visitor)) {
    const id = begin(parts, exchange);
    cookie = visitors.give(exchange, id);
    issue = makeIssue(sessions.ring, id, exchange);
  }
  const { hash } = await parts.script;
  const pause = Math.max(100, Math.min(sessions.engine.touchInterval / 2, MAX_PAUSE));
  const attributes = [
    `src="${toBase(parts, exchange)}${scriptPath(hash)}"`,
    `data-every="${Math.floor(pause)}"`,
    ...(issue === undefined ? [] : [`data-issue="${issue}"`]),
    ...(isHeldBack ? ["data-hello"] : []),
    ...(isPlainHost(exchange.host) ? [`data-host="${exchange.host}"`] : []),
    ...hostConfigFor(parts, exchange, visitor),
    ...nonceFor(parts, exchange, page, hash),
  ];
  return {
    head: `<script ${attributes.join(" ")}></script>`,
    headers: {
      // RFC 9111, 5.2.2: no shared cache may keep it, and no cache may use it without revalidation.
      "cache-control": "private, no-cache",
      ...(cookie === undefined ? {} : { "set-cookie": cookie }),
    },
  };
}

/**
 * Whether the host can be put into the page unescaped; the script compares it with the page's own
 * address.
 */
function isPlainHost(host: string | undefined): boolean {
  return host !== undefined && /^[\w.:[\]-]+$/.test(host);
}

/**
 * For a page that connects at once. A new visitor's page must not: by then its cookie could belong
 * to another session.
 */
function hostConfigFor(
  { hostConfig, sessions }: GatewayParts,
  exchange: Exchange,
  visitor: Visitor,
): string[] {
  const text = visitor.is === "living" ? hostConfig.text(sessions, exchange) : undefined;
  const escaped = text?.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return escaped === undefined ? [] : [`data-host-config="${escaped}"`];
}

/**
 * Whether the browser may have a cookie that it does not send here: a SameSite=Strict one is not
 * sent from another site's page.
 */
function mayHoldBack({ sessions }: GatewayParts, { request }: Exchange): boolean {
  const site = request.headers["sec-fetch-site"] ?? "";
  return (
    sessions.cookie.sameSite === "Strict" && !["same-origin", "same-site", "none"].includes(site)
  );
}

/**
 * Whether the browser may be given a new session's cookie: never if that could replace one that it
 * has.
 */
function mayIssue(
  { moves }: GatewayParts,
  { request }: Exchange,
  visitor: Exclude<Visitor, { is: "living" }>,
): boolean {
  // An unread cookie may be the visitor's own. And for a POST from another site's page the browser
  // does not send a SameSite=Lax cookie, but accepts a new one.
  if (visitor.is === "unread" || (request.method !== "GET" && request.method !== "HEAD"))
    return false;
  // The page is about to fetch the cookie of the session that comes after, or has just done so
  // while this request was on its way.
  return visitor.is === "none" || moves.recent(visitor.id) === undefined;
}

/**
 * A prerendered page would start as a second tab beside the one it replaces. Refusing it makes the
 * browser request the page again when the visitor really opens it.
 */
function isPrerender({ request }: Exchange): boolean {
  return /\bprerender\b/.test(String(request.headers["sec-purpose"] ?? ""));
}

const warned = new WeakSet<GatewayParts>();

/**
 * The script's `nonce` attribute, if the page's Content-Security-Policy asks for one. A policy that
 * blocks the script is logged once.
 */
function nonceFor(
  parts: GatewayParts,
  { secure, host }: Exchange,
  { headers, text = "" }: PageAnswer,
  hash: string,
): string[] {
  const path = `${parts.basePath}/${scriptPath(hash)}`;
  const { nonce, blockedBy } = scriptPolicy(headers, text, { secure, host, path });
  if (blockedBy !== undefined && text !== "" && !warned.has(parts)) {
    warned.add(parts);
    parts.sessions.engine.warn(
      `The page's Content-Security-Policy (${blockedBy}) blocks the gateway's script, so a reloaded page is not resumed. ` +
        `Allow 'self', the path ${parts.basePath}/static/js/, or a nonce there.`,
    );
  }
  return nonce === undefined ? [] : [`nonce="${nonce}"`];
}

/**
 * The relative path from the page to the gateway's root. A relative one also works behind a proxy
 * that strips a prefix.
 */
function toBase({ basePath }: GatewayParts, { request }: Exchange): string {
  const [path = "/"] = (request.url ?? "/").split("?");
  const depth = path.slice(basePath.length).split("/").length - 2;
  return depth > 0 ? "../".repeat(depth) : "./";
}
