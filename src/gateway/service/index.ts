// The state service: answers the requests of Streamlit's Python process (docs/protocol.md).
export { type ServiceEvents, type SessionMoved, StateService } from "./state-service.ts";
