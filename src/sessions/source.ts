import type { VerifiedToken } from "../identity/index.ts";
import type { Identity } from "./records/index.ts";

/** What `open` and the adapters know of who is calling. */
export interface SessionSource {
  /** The token that the caller came with; asked when the session is first used. */
  present(): VerifiedToken | "none" | "refused";
  /** Who is signed in; asked each time a state of `owner: "user"` is used, and for logins before an answer leaves. */
  identify(): Identity;
}
