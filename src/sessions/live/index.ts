// What overlapping scopes of one session share, and the operations on it.
export { clearAttribute } from "./clear-attribute.ts";
export { type CookieAction, cookieAction, isUndecided } from "./cookie-action.ts";
export { clearSession, clearState, rotateSession } from "./end.ts";
export type { LiveEngine } from "./engine.ts";
export { goOnAfterLogin, RequestLogin } from "./follow-login.ts";
export { LiveSession } from "./live-session.ts";
export { LiveSessions } from "./live-sessions.ts";
export { headersSent, scopeEnded } from "./out-of-reach.ts";
export { Rotations } from "./rotations.ts";
export { updateState } from "./update.ts";
export { Watch, type WatchListener, type WatchOptions } from "./watch.ts";
