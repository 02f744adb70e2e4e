// One variant in a process of its own: node server.ts <variant> <URL of the database>. Says its
// port, and ends when asked to.
import { type ExpressRequest, expressServer, type Middleware } from "../express-app.ts";
import { sessionMiddleware, type SessionFactory, sessionOf } from "../express-session.ts";
import { type ExpressAdapter, importLibrary, type Library } from "../library.ts";
import { importPeer } from "../peer.ts";
import type { BenchState, Row } from "../state.ts";
import type { Server } from "../variant.ts";

const SECRET = "a secret of at least thirty-two letters";
const [name = "", url = ""] = process.argv.slice(2);

class VisitorState implements BenchState {
  name = "";
  theme = "";
  count = 0;
  rows: Row[] = [];
}

/** As the documentation tells to use it. */
async function ours(): Promise<Server> {
  const { persist, restore, currentSession } = await importLibrary<Library>("index.js");
  const { persistSession } = await importLibrary<ExpressAdapter>("adapter/express.js");
  persist("bench", VisitorState);
  const middleware = persistSession({ store: url, secret: SECRET });
  await middleware.sessions.ready;
  const exact = onExact(
    async () => await currentSession().update(VisitorState, (state) => ++state.count),
  );
  return await expressServer(
    { open: async () => await restore(VisitorState) },
    [middleware, exact],
    async () => await middleware.sessions.close(),
  );
}

interface RedisClient {
  on(event: "error", listener: (error: unknown) => void): void;
  connect(): Promise<unknown>;
  destroy(): void;
}

async function connectRedis(): Promise<Server> {
  const { createClient } = await importPeer<{ createClient: (o: object) => RedisClient }>("redis");
  const { RedisStore } = await importPeer<{ RedisStore: new (o: object) => object }>(
    "connect-redis",
  );
  const client = createClient({ url });
  client.on("error", (error) => console.error(error));
  await client.connect();
  return await peer(new RedisStore({ client }), () => client.destroy());
}

async function connectPgSimple(): Promise<Server> {
  const { Pool } = await importPeer<{ Pool: new (o: object) => { end(): Promise<void> } }>("pg");
  const session = await importPeer<SessionFactory>("express-session");
  const makeStore =
    await importPeer<(session: SessionFactory) => new (o: object) => object>("connect-pg-simple");
  const Store = makeStore(session);
  const pool = new Pool({ connectionString: url });
  const store = new Store({ pool, createTableIfMissing: true, pruneSessionInterval: false });
  return await peer(store, () => void pool.end());
}

async function peer(store: object, close: () => void): Promise<Server> {
  const exact = onExact((request) => ++sessionOf(request).count);
  return await expressServer(
    { open: sessionOf },
    [await sessionMiddleware(store), exact],
    async () => close(),
  );
}

/** The route of the increments that must not be lost. */
function onExact(count: (request: ExpressRequest) => number | Promise<number>): Middleware {
  const middleware = async (
    request: ExpressRequest,
    response: { json(body: object): void },
    next: (error?: unknown) => void,
  ): Promise<void> => {
    if (request.method !== "POST" || request.url !== "/exact") return next();
    response.json({ value: await count(request) });
  };
  return middleware;
}

const starts: Record<string, () => Promise<Server>> = {
  "ours-redis": ours,
  "ours-postgres": ours,
  "connect-redis": connectRedis,
  "connect-pg-simple": connectPgSimple,
};
const start = starts[name];
if (start === undefined) throw new Error(`No variant "${name}".`);
const server = await start();
process.on("disconnect", () => process.exit(0));
process.on("message", () => void server.close().finally(() => process.exit(0)));
process.send?.({ port: server.port });
