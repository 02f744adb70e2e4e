// Which session a page's WebSocket belongs to, which Streamlit session it resumes, and how we send
// it messages.
export { CookieChanges, noteCookies } from "./cookie-changes.ts";
export { LoginCookies, type SeenLogins } from "./login-cookies.ts";
export { signedInAs } from "./login.ts";
export { Moves } from "./moves.ts";
export { upgrade } from "./open-socket.ts";
export { withoutOwnCookie } from "./own-cookie.ts";
export { closeEnded, sessionMoved } from "./session-moved.ts";
export { Sockets } from "./sockets.ts";
export { type Visitor, Visitors } from "./visitor.ts";
export { sendTicket } from "./watch-socket.ts";
