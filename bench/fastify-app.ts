import { importPeer } from "./peer.ts";
import { type BenchState, fillState, pushRow, sumRows } from "./state.ts";
import type { Server } from "./variant.ts";

interface FastifyRequest {
  readonly query: Readonly<Record<string, string>>;
}

type Handler = (request: FastifyRequest) => Promise<{ value: number }>;

interface FastifyApp {
  register(plugin: object, options?: object): PromiseLike<unknown>;
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}

// A day, in milliseconds.
const LONG = 86_400_000;

/** The same routes as the Express app. */
export async function fastifyServer(
  open: (request: FastifyRequest) => BenchState,
  prepare: (app: FastifyApp) => Promise<void> = async () => {},
): Promise<Server> {
  const fastify = await importPeer<(options?: object) => FastifyApp>("fastify");
  const app = fastify({
    forceCloseConnections: true,
    // Not 0: Fastify takes that for "not given" and closes connections after 72 s, and a full run
    // lets them wait longer.
    keepAliveTimeout: LONG,
    requestTimeout: 0,
    http: { headersTimeout: 0 },
  });
  await prepare(app);
  app.post("/fill", async (request) => {
    fillState(open(request), Number(request.query["bytes"]));
    return { value: 0 };
  });
  app.get("/small", async (request) => ({ value: open(request).count }));
  app.post("/small", async (request) => ({ value: ++open(request).count }));
  app.get("/list", async (request) => ({ value: sumRows(open(request).rows) }));
  app.post("/list", async (request) => ({ value: pushRow(open(request).rows) }));
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: Number(new URL(url).port), close: async () => await app.close() };
}
