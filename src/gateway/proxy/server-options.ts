import type { ServerOptions } from "node:http";

/** How a server in front of Streamlit differs from Node's defaults. */
export const SERVER_OPTIONS: ServerOptions = {
  // An upload over a slow line may take longer than the five minutes that Node gives a request. Headers keep their limit.
  requestTimeout: 0,
  // nginx and load balancers keep connections for up to 60 s: whoever closes first must not be this side.
  keepAliveTimeout: 75_000,
  // The cookies of a login may be larger than the 16 KiB that Node allows.
  maxHeaderSize: 128 * 1024,
  noDelay: true,
};
