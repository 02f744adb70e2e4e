import type { ServerOptions } from "node:http";

/** How long clients may take, in milliseconds. */
export interface ClientTimes {
  /** For the head of a request, from its first byte; for the first byte of a connection, too. */
  readonly head: number;
  /**
   * Between two pieces of an upload that Streamlit is ready to take. All of it may take as long as
   * it likes.
   */
  readonly pause: number;
  /** For the whole of a small body that the gateway itself reads. */
  readonly smallBody: number;
  /** For the rest of a body that is not needed any more, after the answer. */
  readonly rest: number;
  /**
   * For a page to take something of what waits for it, while a run that outlives pages is under
   * way. Then it counts as gone.
   */
  readonly stall: number;
}

export const CLIENT_TIMES: ClientTimes = {
  head: 60_000,
  pause: 120_000,
  smallBody: 10_000,
  rest: 30_000,
  stall: 10_000,
};

/**
 * The cookies of a login may be larger than the 16 KiB that Node allows. What reads headers here
 * takes linear time, up to this.
 */
export const MAX_HEADER_SIZE = 128 * 1024;

/** How a server in front of Streamlit differs from Node's defaults. */
export function serverOptions({ head }: ClientTimes = CLIENT_TIMES): ServerOptions {
  return {
    // An upload over a slow line may take longer than the five minutes that Node gives a request.
    requestTimeout: 0,
    // Said, because Node otherwise takes the one above for this one, too.
    headersTimeout: head,
    connectionsCheckingInterval: Math.min(head, 5_000),
    // nginx and load balancers keep connections for up to 60 s: this side must not be the first to
    // close them.
    keepAliveTimeout: 75_000,
    maxHeaderSize: MAX_HEADER_SIZE,
    // Not left to NODE_OPTIONS: a lenient parser lets requests pass that two servers read in two
    // ways.
    insecureHTTPParser: false,
    // The proxy looks itself: Node would go on with what follows on the same connection.
    requireHostHeader: false,
    noDelay: true,
  };
}
