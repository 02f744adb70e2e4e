// The state service: what Streamlit's Python process asks over its socket (docs/protocol.md).
export { type ServiceEvents, type SessionMoved, StateService } from "./state-service.ts";
