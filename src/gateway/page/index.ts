// What goes into Streamlit's page, and the requests of that page to us.
export { answerOwn } from "./endpoints.ts";
export { changeHtml } from "./head.ts";
export { ReadyCheck } from "./ready.ts";
export { loadPageScript, type PageScript } from "./script.ts";
export { KnownHostConfig } from "./known-host-config.ts";
