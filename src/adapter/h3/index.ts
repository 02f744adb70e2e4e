// How the requests of h3 get their sessions: version 1, on Node's requests, and version 2, on
// fetch-style ones.
export { type H3App, isH3App, wrapApp } from "./wrapped-app.ts";
export { type H3Middleware, type H3NextEvent, runMiddleware } from "./middleware.ts";
export { webSocketHooks, type WebSocketHooksLike, type WebSocketOptions } from "./web-socket.ts";
