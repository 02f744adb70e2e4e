import { isTabId } from "../tickets/index.ts";

/**
 * What the page says about itself when it opens its WebSocket: an entry of Sec-WebSocket-Protocol,
 * which the gateway removes again. It is not in the URL, because URLs end up in the logs of front
 * proxies.
 */
export interface PageEntry {
  /**
   * `new`: the first socket of this page's life. `same`: a later one. `back`: the first one after
   * the page came out of the back/forward cache. `past`: the same, but its tab has had a later
   * page.
   */
  readonly life: "new" | "same" | "back" | "past";
  readonly tab: string;
  /** The ticket by which it gets its Streamlit session back. */
  readonly ticket: string | undefined;
  /**
   * The note by which it shows that its origin is the gateway's own; only if a proxy rewrites Host.
   */
  readonly note?: string;
  /** The tab that this one is a duplicate of. */
  readonly copyOf?: string;
}

export interface Protocols {
  /**
   * Streamlit's own first two entries: the protocol, and its XSRF token. They keep their places.
   */
  readonly own: readonly string[];
  /** The third entry: Streamlit's session id as the page remembers it. */
  readonly claimed: string | undefined;
  readonly page: PageEntry | undefined;
}

const PREFIX = "persist-session.";
/** How many entries are read; later ones are ignored. A page sends four. */
const MAX_ENTRIES = 16;
const LIVES: readonly string[] = ["new", "same", "back", "past"];

/** Parses the header. Malformed parts count as absent. */
export function readProtocols(header: string | undefined): Protocols {
  const entries = (header ?? "").split(",", MAX_ENTRIES).map((entry) => entry.trim());
  const rest = entries.filter((entry) => !entry.startsWith(PREFIX));
  const ours = entries.filter((entry) => entry.startsWith(PREFIX));
  return {
    own: rest.slice(0, 2).filter((entry, index) => index > 0 || entry !== ""),
    claimed: rest[2] === "" ? undefined : rest[2],
    page: ours.length === 1 ? readEntry(ours.join("").slice(PREFIX.length)) : undefined,
  };
}

/** Makes the header for Streamlit. */
export function writeProtocols(own: readonly string[], streamlit: string | undefined): string {
  // Without a second entry there is no place for a third.
  return (own.length === 2 && streamlit !== undefined ? [...own, streamlit] : own).join(", ");
}

/** A ticket and a note are base64url. */
const BASE64URL = /^[A-Za-z0-9_-]*$/;

/**
 * Reads `life.tab.ticket`, then `.note` and `.copyOf`: as a page writes it, so without an empty
 * part at its end that it would leave out.
 */
function readEntry(text: string): PageEntry | undefined {
  const [life, tab, ticket, note = "", copyOf, more] = text.split(".");
  if (!LIVES.includes(life ?? "") || !isTabId(tab) || ticket === undefined || more !== undefined)
    return undefined;
  const isLeftOut = copyOf === undefined && note === "" && text.split(".").length > 3;
  if (copyOf === "" || isLeftOut || !BASE64URL.test(ticket) || !BASE64URL.test(note))
    return undefined;
  return {
    life: life as PageEntry["life"],
    tab,
    ticket: ticket === "" ? undefined : ticket,
    ...(note !== "" && { note }),
    ...(isTabId(copyOf) && copyOf !== tab && { copyOf }),
  };
}
