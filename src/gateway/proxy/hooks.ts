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
  /** The path below the base path, percent-decoded, without the query, with a leading slash; "" outside the base path. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query for Streamlit, with the base path. A hook may change it until the request is sent. */
  upstreamUrl: string;
  /** Whether the browser came over HTTPS, by the word of trusted proxies. */
  readonly secure: boolean;
  /** The browser's address, by the word of trusted proxies; "" if it is unknown. */
  readonly address: string;
  /** The host and port that the browser asked for, by the word of trusted proxies. */
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
  /** Added to the answer. `set-cookie` is added to Streamlit's own, every other name replaces what Streamlit sent. */
  readonly headers?: OutgoingHttpHeaders;
}

/** What a hook throws when the browser is to ask again in a moment: answered with 409, and no failure of the gateway. */
export class AskAgain extends Error {
  override readonly name = "AskAgain";
}

/** Where the gateway takes part in what the proxy does. A hook that throws anything else ends the request with 500. */
export interface ProxyHooks {
  /** Called first for every request except upgrades. Returns true if it has answered; Streamlit then hears nothing of the request. */
  answer?(exchange: Exchange, response: ServerResponse): boolean | Promise<boolean>;
  /** May change the headers that go upstream, for requests and upgrades. Names are in lower case and already cleaned. */
  headers?(exchange: Exchange, headers: OutgoingHttpHeaders): void;
  /** Called for each answer that is Streamlit's own page (see `recognizePage`), also for HEAD. Other HTML is the app's. */
  html?(
    exchange: Exchange,
    page: PageAnswer,
  ): HtmlChange | undefined | Promise<HtmlChange | undefined>;
  /** May change the answer of `/_stcore/host-config`. */
  hostConfig?(exchange: Exchange, config: Record<string, unknown>): Record<string, unknown>;
  /** Called before a WebSocket is opened upstream, after `headers`. A watcher reads what Streamlit sends, compressed or not. */
  upgrade?(
    exchange: Exchange,
    headers: OutgoingHttpHeaders,
  ): SocketWatcher | undefined | Promise<SocketWatcher | undefined>;
}

/** An open WebSocket between a page and Streamlit. */
export interface Tunnel {
  /** Sends a text message to the page once no other message is partly sent. Drops it if the socket is closing. */
  sendText(text: string): void;
  /** Closes both sides. The page sees code 1001 and connects again. */
  close(): void;
}

/** Takes part in one WebSocket. */
export interface SocketWatcher {
  /** Streamlit accepted the socket. */
  opened?(tunnel: Tunnel): void;
  /**
   * A whole message from Streamlit, just before its end goes to the page; the bytes are only valid during the call. Messages
   * above 4 MiB are passed on unseen, and after a compressed one of these, or one that cannot be inflated, all that follow.
   *
   * @returns false if it needs no more messages, which makes the socket cheaper
   */
  fromUpstream?(message: Buffer, isBinary: boolean): boolean;
  /** Called once, even if the socket never opened. */
  closed?(): void;
}
