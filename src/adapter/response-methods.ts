import type { ServerResponse } from "node:http";
import type { HeldResponse } from "./held-response.ts";

export type OriginalMethods = Pick<ServerResponse, "end" | "write" | "writeHead" | "flushHeaders">;

type Held = ServerResponse & { [HELD]: HeldResponse };

const HELD = Symbol("persist-session.held");

// The same functions for every response, and no closures: then all responses keep one shape for the engine. With functions of
// their own, the whole of Node's HTTP code took more than twice as long for each response.
const methods = {
  writeHead(this: Held, ...args: Parameters<ServerResponse["writeHead"]>): ServerResponse {
    return this[HELD].writeHead(args);
  },
  write(this: Held, ...args: Parameters<ServerResponse["write"]>): boolean {
    return this[HELD].write(args);
  },
  flushHeaders(this: Held): void {
    this[HELD].flushHeaders();
  },
  end(this: Held, ...args: Parameters<ServerResponse["end"]>): ServerResponse {
    return this[HELD].end(args);
  },
};

/** Leads the response's methods to `held`, and gives those that it had. */
export function takeOver(response: ServerResponse, held: HeldResponse): OriginalMethods {
  const { end, write, writeHead, flushHeaders } = response;
  (response as Held)[HELD] = held;
  response.writeHead = methods.writeHead as ServerResponse["writeHead"];
  response.write = methods.write as ServerResponse["write"];
  response.flushHeaders = methods.flushHeaders;
  response.end = methods.end as ServerResponse["end"];
  response.on("close", onClose);
  return { end, write, writeHead, flushHeaders } as OriginalMethods;
}

function onClose(this: ServerResponse): void {
  (this as Held)[HELD].closed();
}
