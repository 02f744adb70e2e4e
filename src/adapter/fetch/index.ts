// What the adapters for fetch handlers share: a Response whose end waits for the commit.
export { againScope, enterOrEnd, handleRequest } from "./handle-request.ts";
export { finishResponse } from "./response.ts";
