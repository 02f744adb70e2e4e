import type { RequestListener } from "node:http";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { DeepReadonly } from "../src/index.ts";
import { importPeer } from "./peer.ts";
import { type BenchState, fillState, pushRow, sumRows } from "./state.ts";
import type { Server } from "./variant.ts";

/** How a variant gets at the state of a request, and what it must do to keep a change. */
export interface Access {
  readonly open: (req: ExpressRequest, res: ExpressResponse) => BenchState | Promise<BenchState>;
  /** For reading the list, if that is another one. */
  readonly openToRead?: (
    req: ExpressRequest,
    res: ExpressResponse,
  ) => DeepReadonly<BenchState> | Promise<DeepReadonly<BenchState>>;
  readonly save?: (state: BenchState) => Promise<void>;
}

export interface ExpressRequest extends IncomingMessage {
  readonly query: Readonly<Record<string, string>>;
}

export interface ExpressResponse extends ServerResponse {
  json(body: unknown): void;
}

type Handler = (req: ExpressRequest, res: ExpressResponse) => Promise<void>;
export type Middleware = (req: never, res: never, next: (error?: unknown) => void) => unknown;

interface ExpressApp extends RequestListener {
  use(middleware: Middleware): void;
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
}

/** The app that all Express variants share. */
export async function expressServer(
  access: Access,
  middlewares: readonly Middleware[] = [],
  close: () => Promise<void> = async () => {},
): Promise<Server> {
  const express = await importPeer<() => ExpressApp>("express");
  const app = express();
  for (const middleware of middlewares) app.use(middleware);
  addRoutes(app, access);
  // Connections wait longer for their turn than any of the defaults.
  const server = createServer({ keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }, app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}

function addRoutes(app: ExpressApp, access: Access): void {
  const openToRead = access.openToRead ?? access.open;
  app.post("/fill", async (req, res) => {
    const state = await access.open(req, res);
    fillState(state, Number(req.query["bytes"]));
    await access.save?.(state);
    res.json({ value: 0 });
  });
  app.get("/small", async (req, res) => {
    const state = await openToRead(req, res);
    res.json({ value: state.count });
  });
  app.post("/small", async (req, res) => {
    const state = await access.open(req, res);
    const value = ++state.count;
    await access.save?.(state);
    res.json({ value });
  });
  app.get("/list", async (req, res) => {
    const state = await openToRead(req, res);
    res.json({ value: sumRows(state.rows) });
  });
  app.post("/list", async (req, res) => {
    const state = await access.open(req, res);
    const value = pushRow(state.rows);
    await access.save?.(state);
    res.json({ value });
  });
}
