import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Cuts a client off that pauses for too long in the middle of an upload. While Streamlit takes no
 * more, the pause is not the client's.
 *
 * @param body - a request that is being read
 * @param pause - in milliseconds
 */
export function watchPauses(body: IncomingMessage, pause: number): void {
  const { socket } = body;
  const timer = setTimeout(() => {
    if (body.isPaused()) timer.refresh();
    else socket.destroy();
  }, pause);
  body.on("data", () => timer.refresh());
  const stop = (): void => {
    clearTimeout(timer);
    socket.off("close", stop);
  };
  body.once("end", stop);
  // A body that is not read to its end has no end of its own.
  socket.once("close", stop);
}

/**
 * Bounds what a client may still send of its body once it has been answered. The rest is read, so
 * that the client sees the answer before the connection closes; one that goes on for long is cut
 * off.
 *
 * @param rest - in milliseconds
 */
export function boundRest(request: IncomingMessage, response: ServerResponse, rest: number): void {
  response.once("finish", () => {
    if (request.complete) return;
    const { socket } = request;
    const timer = setTimeout(() => {
      if (!request.complete) socket.destroy();
    }, rest);
    const stop = (): void => {
      clearTimeout(timer);
      socket.off("close", stop);
    };
    request.once("end", stop);
    socket.once("close", stop);
  });
}
