import type { ServerResponse } from "node:http";
import type { HolderOf } from "./response-methods.ts";

type Flag = "headersSent" | "writableEnded";

/** The ways to change headers, as they were before. */
export type HeaderMethods = Pick<ServerResponse, "setHeader" | "appendHeader" | "removeHeader">;

const looks = new WeakMap<HolderOf, ReturnType<typeof lookOf>>();

/**
 * For the app, an answer that is only held back has been sent: the flags say so, and headers can no
 * longer be changed. Otherwise an app that answers twice would damage the first answer's length,
 * and an error handler would answer again.
 */
export function lookSent(response: ServerResponse, holderOf: HolderOf): HeaderMethods {
  // oxlint-disable-next-line typescript/unbound-method -- called on the response that it came from
  const { setHeader, appendHeader, removeHeader } = response;
  const own = Object.hasOwn(response, "headersSent");
  // Shared between responses for the same reason as their methods are.
  let look = own ? undefined : looks.get(holderOf);
  if (look === undefined) {
    look = lookOf(holderOf, flagOf(response, "headersSent"), flagOf(response, "writableEnded"));
    if (!own) looks.set(holderOf, look);
  }
  Object.defineProperties(response, look.flags);
  Object.assign(response, look.methods);
  return { setHeader, appendHeader, removeHeader };
}

function flagOf(response: ServerResponse, name: Flag): () => boolean {
  for (let at: object | null = response; at !== null; at = Object.getPrototypeOf(at) as object) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    // oxlint-disable-next-line typescript/unbound-method -- called on the response
    if (found?.get !== undefined) return found.get as () => boolean;
  }
  return () => false;
}

function lookOf(holderOf: HolderOf, headersSent: () => boolean, writableEnded: () => boolean) {
  const headersOf = (response: ServerResponse): HeaderMethods => {
    const holder = holderOf(response);
    if (holder.holding === undefined) return holder.headerMethods;
    throw headersAreSent();
  };
  return {
    flags: {
      headersSent: {
        get(this: ServerResponse): boolean {
          return holderOf(this).holding !== undefined || headersSent.call(this);
        },
        configurable: true,
      },
      writableEnded: {
        get(this: ServerResponse): boolean {
          return holderOf(this).holding === "end" || writableEnded.call(this);
        },
        configurable: true,
      },
    },
    methods: {
      setHeader(this: ServerResponse, ...args: Parameters<HeaderMethods["setHeader"]>) {
        return headersOf(this).setHeader.apply(this, args);
      },
      appendHeader(this: ServerResponse, ...args: Parameters<HeaderMethods["appendHeader"]>) {
        return headersOf(this).appendHeader.apply(this, args);
      },
      removeHeader(this: ServerResponse, ...args: Parameters<HeaderMethods["removeHeader"]>) {
        headersOf(this).removeHeader.apply(this, args);
      },
    },
  };
}

/** Node's own error, because the app has broken Node's own rule. */
export function headersAreSent(): Error {
  const error = new Error("Cannot change headers after they are sent to the client");
  return Object.assign(error, { code: "ERR_HTTP_HEADERS_SENT" });
}
