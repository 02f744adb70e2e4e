// What Streamlit's pages show, kept so that a reloaded page can show it again, and runs that go on
// without their page.
export { mayChangeCookies } from "./cookie-calls.ts";
export { FramedPage } from "./framed-page.ts";
export { Frames } from "./frames.ts";
export { KeptRuns } from "./kept-runs.ts";
export type { FrameOptions } from "./options.ts";
