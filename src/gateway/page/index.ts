// What goes into Streamlit's page, and what that page asks of us over HTTP.
export { answerOwn } from "./endpoints.ts";
export { changeHtml } from "./head.ts";
export { ReadyCheck } from "./ready.ts";
export { loadPageScript, type PageScript } from "./script.ts";
export { KnownHostConfig } from "./known-host-config.ts";
