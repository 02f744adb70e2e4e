import { persistSession } from "persist-session/sveltekit";

/** Opens the embedded store at the first request. */
export const handle = persistSession({ stateDir: process.env["STATE_DIR"] });
