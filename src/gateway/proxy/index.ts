// The reverse proxy: it knows no session; the gateway joins it by hooks.
export { normalBasePath } from "./base-path.ts";
export {
  AskAgain,
  type Exchange,
  type HtmlChange,
  type JoinableTunnel,
  type PageAnswer,
  type ProxyHooks,
  type SocketWatcher,
  type Tunnel,
  type UpstreamAddress,
} from "./hooks.ts";
export { createProxy } from "./proxy.ts";
export { CLIENT_TIMES, type ClientTimes, serverOptions } from "./server-options.ts";
export { HEALTH_PATH, healthStatus } from "./streamlit-health.ts";
