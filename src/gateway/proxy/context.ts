import type { ProxyTrust } from "../../identity/index.ts";
import type { ProxyHooks, UpstreamAddress } from "./hooks.ts";
import type { Retry } from "./retry.ts";
import type { ClientTimes } from "./server-options.ts";

/** What the parts of the proxy share. */
export interface ProxyContext {
  readonly upstream: () => UpstreamAddress;
  readonly hooks: ProxyHooks;
  readonly basePath: string;
  readonly trust: ProxyTrust;
  readonly retry: Retry;
  readonly report: (error: unknown) => void;
  /** A text that differs after each restart of Streamlit that was noticed. */
  readonly streamlitStart: () => string;
  readonly times: ClientTimes;
}
