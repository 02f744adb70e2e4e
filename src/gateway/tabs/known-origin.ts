import { searchToken } from "../../identity/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import type { Exchange } from "../proxy/index.ts";
import { openOriginNote } from "../tickets/index.ts";

/**
 * Whether a browser has said about the page that opens this WebSocket, for this very session, that
 * its origin is the gateway's own. The note alone is useless: the request has to carry the
 * session's cookie, and come from the origin that the note names. So only a page for which the
 * browser itself sends a same-origin request can obtain a note, and the note works only from that
 * origin.
 */
export function isKnownOrigin(
  { sessions, moves }: GatewayParts,
  { request, secure }: Exchange,
  note: string | undefined,
): boolean {
  const { origin, cookie, "sec-fetch-site": site } = request.headers;
  // What the browser itself says about this request counts more than what it said about an earlier
  // one.
  if (note === undefined || (site !== undefined && site !== "none")) return false;
  const known = openOriginNote(sessions.ring, note);
  if (known === undefined || known.origin !== origin) return false;
  const { found } = searchToken(sessions.ring, cookie, secure, sessions.cookie);
  return found !== undefined && moves.leads(known.session, found.id);
}
