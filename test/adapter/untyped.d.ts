// As much as the tests use of packages that bring no types.
declare module "koa" {
  import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

  export interface KoaContext {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly path: string;
    status: number;
    body: unknown;
    /** Set to false, Koa leaves the answer to the handler. */
    respond?: boolean;
    set(name: string, value: string | readonly string[]): void;
    redirect(url: string): void;
  }

  export default class Koa {
    use(middleware: (context: KoaContext, next: () => Promise<void>) => unknown): this;
    on(event: "error", listener: (error: Error) => void): this;
    callback(): RequestListener;
    listen(port: number): Server;
  }
}

declare module "express4" {
  import express from "express";
  export default express;
}

declare module "busboy" {
  import type { IncomingHttpHeaders } from "node:http";
  import type { Writable } from "node:stream";

  export default function busboy(options: { readonly headers: IncomingHttpHeaders }): Writable;
}

declare module "express-session" {
  import type { RequestHandler } from "express";

  const session: ((options: object) => RequestHandler) & {
    MemoryStore: new () => object;
  };
  export default session;
}
