import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";

/** Where Streamlit listens. Asked for each new connection, since a restart may change it. */
export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

/** One request of a browser to Streamlit. */
export interface Exchange {
  readonly request: IncomingMessage;
  /**
   * The path below the base path, percent-decoded, without the query, with a leading slash; ""
   * outside the base path.
   */
  readonly path: string;
  readonly query: URLSearchParams;
  /**
   * Path and query for Streamlit, with the base path. A hook may change it until the request is
   * sent.
   */
  upstreamUrl: string;
  /** Whether the browser came over HTTPS, as reported by trusted proxies. */
  readonly secure: boolean;
  /** The browser's address, as reported by trusted proxies; "" if it is unknown. */
  readonly address: string;
  /** The host and port that the browser asked for, as reported by trusted proxies. */
  readonly host: string | undefined;
}

/** Streamlit's own page, as Streamlit sent it. */
export interface PageAnswer {
  /** Its headers, in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The page; undefined in an answer to HEAD. */
  readonly text: string | undefined;
}

/** What is put into Streamlit's page. */
export interface HtmlChange {
  /** Answers with this status and nothing else. */
  readonly refuse?: 503;
  /** Inserted right after the opening `<head>` tag. */
  readonly head: string;
  /**
   * Added to the answer. `set-cookie` is added to Streamlit's own, every other name replaces what
   * Streamlit sent.
   */
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * A hook throws this if the browser must ask again in a moment: the answer is 409, and it is not a
 * failure of the gateway.
 */
export class AskAgain extends Error {
  override readonly name = "AskAgain";
}

/**
 * Where the gateway takes part in what the proxy does. A hook that throws anything else ends the
 * request with 500.
 */
export interface ProxyHooks {
  /**
   * Called first for every request except upgrades. Returns true if it has answered; the request
   * then does not reach Streamlit.
   */
  answer?(exchange: Exchange, response: ServerResponse): boolean | Promise<boolean>;
  /**
   * May change the headers that go upstream, for requests and upgrades. Names are in lower case and
   * already cleaned.
   */
  headers?(exchange: Exchange, headers: OutgoingHttpHeaders): void;
  /**
   * Called for each answer that is Streamlit's own page (see `recognizePage`), also for HEAD. Other
   * HTML is the app's.
   */
  html?(
    exchange: Exchange,
    page: PageAnswer,
  ): HtmlChange | undefined | Promise<HtmlChange | undefined>;
  /** May change the answer of `/_stcore/host-config`. */
  hostConfig?(exchange: Exchange, config: Record<string, unknown>): Record<string, unknown>;
  /**
   * Called before a WebSocket is opened upstream, after `headers`. A watcher reads what both sides
   * send, compressed or not.
   */
  upgrade?(
    exchange: Exchange,
    headers: OutgoingHttpHeaders,
  ): SocketWatcher | undefined | Promise<SocketWatcher | undefined>;
}

/** A whole WebSocket message: a text one, or the bytes of a binary one. */
export type Message = string | Uint8Array;

/** An open WebSocket between a page and Streamlit. */
export interface Tunnel {
  /**
   * Sends a text message to the page once no other message is partly sent. Drops it if the socket
   * is closing.
   */
  sendText(text: string): void;
  /** Closes both sides. The page sees code 1001 and connects again. */
  close(): void;
}

/** One whose page another can replace. */
export interface JoinableTunnel extends Tunnel {
  /** Sends whole messages to the page, as `sendText` does. */
  send(messages: readonly Message[]): void;
  /**
   * Whether another page can take the present one's place: neither side is in the middle of a
   * message.
   */
  readonly canJoin: boolean;
}

/** Takes part in one WebSocket. */
export interface SocketWatcher {
  /**
   * The tunnel whose page is gone or gives way: this page takes its place there, and nothing is
   * opened upstream.
   */
  readonly joins?: JoinableTunnel | undefined;
  /** Streamlit accepted the socket. */
  opened?(tunnel: JoinableTunnel): void;
  /**
   * A whole message from Streamlit, just before its end goes to the page; the bytes are only valid
   * during the call. Messages above 4 MiB are passed on unseen, and after a compressed one of
   * these, or one that cannot be inflated, all that follow.
   *
   * @returns false if it needs no more messages, which makes the socket cheaper
   */
  fromUpstream?(message: Buffer, isBinary: boolean): boolean;
  /** A message from Streamlit, or one from the page, passes unseen. */
  unseen?(): void;
  /** Whether messages from Streamlit wait until `rewrite` has said what the page gets. */
  rewrites?(): boolean;
  /**
   * What the page gets in place of a whole message; undefined for the message itself. Called after
   * `fromUpstream`.
   */
  rewrite?(message: Buffer, isBinary: boolean): readonly Message[] | undefined;
  /**
   * The first message of the page, before it goes on.
   * @returns what goes to Streamlit in its place; undefined for the message itself, null for
   * nothing
   */
  firstFromPage?(message: Buffer): Uint8Array | null | undefined;
  /**
   * Every later message of the page, just before it goes on.
   * @returns null if it is not to go on; heeded only of a message that `judges` has held back
   */
  fromPage?(message: Buffer): null | undefined;
  /**
   * Asked after each message of the page: whether the next one waits until it is whole and
   * `fromPage` has seen it. Only for a page with which no compression was agreed upon: what is left
   * out would be missing in what follows.
   */
  judges?(): boolean;
  /**
   * Called when the page goes, and to know whether pings are answered for it: whether Streamlit's
   * side outlives the page. Messages are then only handed to `fromUpstream`, until another page
   * joins or the tunnel is closed.
   */
  keeps?(): boolean;
  /** The page has gone, and Streamlit's side stays. */
  left?(): void;
  /** Called once, even if the socket never opened. */
  closed?(): void;
}
