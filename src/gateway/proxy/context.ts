import type { ProxyTrust } from "../../session/proxy.ts";
import type { ProxyHooks, UpstreamAddress } from "./hooks.ts";
import type { Reach } from "./reach.ts";
import type { ClientTimes } from "./server-options.ts";

/** What the parts of the proxy share. */
export interface ProxyContext {
  readonly upstream: () => UpstreamAddress;
  readonly hooks: ProxyHooks;
  readonly basePath: string;
  readonly trust: ProxyTrust;
  readonly reach: Reach;
  readonly report: (error: unknown) => void;
  /** A text that differs after each restart of Streamlit that was noticed. */
  readonly streamlitStart: () => string;
  readonly times: ClientTimes;
}
