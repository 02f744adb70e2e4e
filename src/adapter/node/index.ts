// What the adapters on node:http share: a response whose head and end wait for the commit.
export { keepAsTable } from "./as-table.ts";
export { catchRejections } from "./express-4.ts";
export type { HeldResponse } from "./held-response.ts";
export { answerPlainly, attach, type Attached, sessionsFrom } from "./node-adapter.ts";
export { passFailure } from "./untaken-failure.ts";
