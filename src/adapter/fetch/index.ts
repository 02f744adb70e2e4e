// What the adapters for fetch handlers share: a Response whose end waits for the commit.
export { finishResponse } from "./response.ts";
