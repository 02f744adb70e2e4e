// A request as adapters see it: whose it is, by its cookie or its bearer token, and what its answer
// must say about that.
export { bearerName, noCookies } from "./bearer.ts";
export { type ResponseTarget, type NodeResponseTarget } from "./response-target.ts";
export { type AnswerHold, RequestScope } from "./request-scope.ts";
export { type RequestOptions, RequestSession } from "./request-session.ts";
export { headerOf, isForeignSocket } from "./socket-origin.ts";
