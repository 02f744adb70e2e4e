import type { ServerResponse } from "node:http";
import type { HeldResponse } from "./held-response.ts";

export type OriginalMethods = Pick<ServerResponse, "end" | "write" | "writeHead" | "flushHeaders">;

type Held = ServerResponse & { [HELD]?: HeldResponse };

/** Finds the object that holds a response back. */
export type HolderOf = (response: ServerResponse) => HeldResponse;

/* oxlint-disable typescript/unbound-method -- methods are moved about here, and called on the response that they came from */
const HELD = Symbol("persist-session.held");

const firstHolder: HolderOf = (response) => (response as Held)[HELD] as HeldResponse;

// The same functions for every response, and no closures: then all responses keep one shape for the
// engine. With functions of their own, the whole of Node's HTTP code took more than twice as long
// for each response.
const shared = methodsOf(firstHolder);

/**
 * Leads the response's methods to `held`, and gives those that it had, and a way from the response
 * to `held`.
 */
export function takeOver(
  response: ServerResponse,
  held: HeldResponse,
): { readonly original: OriginalMethods; readonly holderOf: HolderOf } {
  const { end, write, writeHead, flushHeaders } = response;
  const first = (response as Held)[HELD] === undefined;
  if (first) (response as Held)[HELD] = held;
  // A second adapter on one response gets its own functions, because other code may have replaced
  // methods in between.
  const holderOf = first ? firstHolder : () => held;
  const methods = first ? shared : methodsOf(holderOf);
  response.writeHead = methods.writeHead as ServerResponse["writeHead"];
  response.write = methods.write as ServerResponse["write"];
  response.flushHeaders = methods.flushHeaders;
  response.end = methods.end as ServerResponse["end"];
  response.on("close", methods.onClose);
  return { original: { end, write, writeHead, flushHeaders }, holderOf };
}

function methodsOf(holderOf: HolderOf) {
  return {
    writeHead(this: ServerResponse, ...args: Parameters<ServerResponse["writeHead"]>) {
      return holderOf(this).writeHead(args);
    },
    write(this: ServerResponse, ...args: Parameters<ServerResponse["write"]>) {
      return holderOf(this).write(args);
    },
    flushHeaders(this: ServerResponse): void {
      holderOf(this).flushHeaders();
    },
    end(this: ServerResponse, ...args: Parameters<ServerResponse["end"]>) {
      return holderOf(this).end(args);
    },
    onClose(this: ServerResponse): void {
      holderOf(this).closed();
    },
  };
}
