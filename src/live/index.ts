// Tells pages about changes: the server's part of persist-session/client.
export { expose, type Exposed } from "./exposed.ts";
export { liveEvents, type LiveEvents, type LiveEventsOptions } from "./live-events.ts";
