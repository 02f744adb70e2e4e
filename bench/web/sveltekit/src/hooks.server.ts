import { persistSession } from "persist-session/sveltekit";

// The hook is what our variants cost: the others are to have none.
export const handle = /^(ours|peek)$/.test(process.env["VARIANT"] ?? "")
  ? persistSession({ stateDir: process.env["STATE_DIR"] })
  : undefined;
