import { PersistError } from "../../errors.ts";

/**
 * The error for a change that would be stored under an id that the browser never learns: it came
 * without a cookie, and the headers have left without one.
 */
export function headersSent(call: string): PersistError {
  return new PersistError(
    "ERR_HEADERS_SENT",
    `${call} came after the response's headers had left, so this browser could not be given its cookie any more. ` +
      "Call restore() or await session.start() before the first write to the response (in a middleware, say); on a WebSocket, load a page " +
      "first that stores something, or give cookieOnUpgrade: true. To read only, peek() needs no cookie.",
  );
}

/**
 * The error for a session that is used after its scope, when nothing would commit its changes.
 */
export function scopeEnded(): PersistError {
  return new PersistError(
    "ERR_SCOPE_ENDED",
    "The session was used after its request, message or run had ended and its changes had been committed. " +
      "Do the work before the response ends, or in a session.run(…) of its own.",
  );
}
