// The gateway in front of Streamlit: what the command line starts.
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export { packageVersion } from "./package-version.ts";
export { HEALTH_PATH, normalBasePath, type UpstreamAddress } from "./proxy/index.ts";
export { type ServiceEvents, StateService } from "./service/index.ts";
export type { FrameOptions } from "./frame/index.ts";
