// Starts Streamlit behind the gateway, keeps it running, and ends both together.
export { Backend } from "./backend.ts";
export { openBrowser } from "./open-browser.ts";
export { resumeGateway, type ResumeOptions, resumeVariable } from "./resume-options.ts";
export { runStreamlit } from "./run-streamlit.ts";
export type { KeepOptions } from "./keep-options.ts";
