import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { test } from "node:test";
import { initTRPC } from "@trpc/server";
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import { fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import express from "express";
import Fastify from "fastify";
import { WebSocket, WebSocketServer } from "ws";
import { persistSession as expressSession } from "../../src/adapter/express.ts";
import { persistSession, type TrpcContext, type TrpcPersistence } from "../../src/adapter/trpc.ts";
import { persistSession as socketSession } from "../../src/adapter/ws.ts";
import { createSessions, isPersistError, restore, type Session } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { fetchServer } from "./fetch-server.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

function routerWith(persist: TrpcPersistence, begun: () => Promise<void>) {
  const t = initTRPC.context<typeof persist.createContext>().create({
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      persist: isPersistError(error.cause) ? error.cause.code : undefined,
    }),
  });
  const procedure = t.procedure.use(persist);
  const started = procedure.use(async ({ ctx, next }) => {
    await ctx.session.start();
    return await next();
  });
  return t.router({
    count: procedure.query(async () => (await restore(AppState)).count),
    counted: procedure.query(async ({ ctx }) => (await ctx.session.peek(AppState)).count),
    add: procedure.mutation(async () => ++(await restore(AppState)).count),
    typed: procedure.query(({ ctx }) => {
      const session: Session = ctx.session;
      return session.isNew;
    }),
    fail: procedure.mutation(async () => {
      (await restore(AppState)).count += 100;
      throw new Error("the procedure's own");
    }),
    spoil: procedure.mutation(async () => {
      const state = await restore(AppState);
      state.list.push((() => undefined) as unknown as string);
    }),
    empty: procedure.mutation(async ({ ctx }) => await ctx.session.clear(AppState)),
    logout: procedure.mutation(async ({ ctx }) => await ctx.session.clear()),
    adds: procedure.subscription(async function* () {
      yield "first";
      await begun();
      const state = await restore(AppState);
      state.count++;
      yield "second";
      yield `added ${++state.count}`;
    }),
    addsStarted: started.subscription(async function* () {
      const state = await restore(AppState);
      yield "first";
      await begun();
      yield `added ${++state.count}`;
      await begun();
      yield `added ${++state.count}`;
    }),
  });
}

type Router = ReturnType<typeof routerWith>;
type Serve = (router: Router, persist: TrpcPersistence) => Server | Promise<Server>;

const doors: Record<string, Serve> = {
  standalone: (router, { createContext }) =>
    createServer(createHTTPHandler({ router, createContext })),
  Express: (router, { createContext }) =>
    createServer(express().use(createExpressMiddleware({ router, createContext }))),
  "Express behind our adapter for it": (router, { createContext, sessions }) =>
    createServer(
      express()
        .use(expressSession(sessions))
        .use(createExpressMiddleware({ router, createContext })),
    ),
  Fastify: async (router, { createContext }) => {
    const app = Fastify();
    await app.register(fastifyTRPCPlugin, { prefix: "/", trpcOptions: { router, createContext } });
    await app.ready();
    return app.server;
  },
  fetch: (router, persist) => {
    const { createContext } = persist;
    const handle = persist.fetch(
      async (req) => await fetchRequestHandler({ req, router, endpoint: "", createContext }),
    );
    return fetchServer(handle);
  },
};

const json = { headers: { "content-type": "application/json" } };
const streamed = { headers: { "trpc-accept": "application/jsonl", ...json.headers } };
const three = '{"0":{},"1":{},"2":{}}';

for (const [name, serve] of Object.entries(doors)) {
  const withServer = async (
    work: (visitor: Browser, door: { persist: TrpcPersistence; open: () => void }) => Promise<void>,
  ): Promise<void> => {
    let open = (): void => {};
    const begun = new Promise<void>((resolve) => (open = resolve));
    const persist = persistSession(options);
    const server = await serve(
      routerWith(persist, async () => await begun),
      persist,
    );
    try {
      await work(new Browser(await listen(server)), { persist, open });
    } finally {
      await stop(server);
      await persist.sessions.close();
    }
  };

  test(`tRPC's ${name}: a caller that only reads gets no cookie, the first change sets it, the next call has the state`, async () => {
    await withServer(async (visitor) => {
      const read = await visitor.get("/counted");
      assert.deepEqual([read.status, read.setCookies], [200, []], read.text);
      assert.equal((await visitor.post("/add", "", json)).setCookies.length, 1);
      const again = await visitor.post("/add", "", json);
      assert.match(again.text, /"data":2/);
      assert.deepEqual(again.setCookies, []);
      assert.match((await visitor.get("/counted")).text, /"data":2/);
      assert.match((await visitor.get("/typed")).text, /"data":false/);
      await visitor.post("/empty", "", json);
      assert.match((await visitor.get("/count")).text, /"data":0/);
    });
  });

  for (const [how, headers] of [
    ["batch", json],
    ["streamed batch", streamed],
  ] as const) {
    test(`tRPC's ${name}: the calls of a ${how} are one session's, and parallel batches merge`, async () => {
      await withServer(async (visitor) => {
        const first = await visitor.post("/add,add,add?batch=1", three, headers);
        assert.equal(first.setCookies.length, 1, first.text);
        await Promise.all(
          [0, 1, 2].map(async () => await visitor.post("/add,add,add?batch=1", three, headers)),
        );
        assert.match((await visitor.get("/count")).text, /"data":12/);
      });
    });
  }

  test(`tRPC's ${name}: a failed commit is the call's own error, as tRPC formats it; a call that throws keeps its changes`, async () => {
    await withServer(async (visitor) => {
      const thrown = await visitor.post("/fail", "", json);
      assert.match(thrown.text, /the procedure's own/);
      assert.match((await visitor.get("/count")).text, /"data":100/);
      const spoiled = await visitor.post("/spoil", "", json);
      assert.equal(spoiled.status, 500);
      assert.equal(JSON.parse(spoiled.text).error.persist, "ERR_VALUE_UNSUPPORTED", spoiled.text);
      assert.match((await visitor.get("/count")).text, /"data":100/);
      assert.match((await visitor.post("/add", "", json)).text, /"data":101/);
    });
  });

  test(`tRPC's ${name}: clear() ends the cookie`, async () => {
    await withServer(async (visitor) => {
      await visitor.post("/add", "", json);
      assert.match((await visitor.post("/logout", "", json)).setCookies[0] ?? "", /Max-Age=0/);
      assert.match((await visitor.get("/count")).text, /"data":0/);
    });
  });

  test(`tRPC's ${name}: a subscription is one scope, and commits before each value`, async () => {
    await withServer(async (visitor, { open, persist }) => {
      const pieces: string[] = [];
      const reads: Promise<string>[] = [];
      const onPiece = (piece: string): void => {
        pieces.push(piece);
        if (pieces.join("").includes("first")) open();
        if (piece.includes("added 2")) reads.push(storedCount(persist, visitor));
      };
      const { setCookies } = await visitor.get("/addsStarted", { onPiece });
      assert.equal(setCookies.length, 1);
      assert.match(pieces.join(""), /first[\s\S]*added 1[\s\S]*added 2/);
      assert.deepEqual(await Promise.all(reads), ["2"]);
      assert.match((await visitor.get("/count")).text, /"data":2/);
      const known = await visitor.get("/adds");
      assert.match(known.text, /first[\s\S]*second[\s\S]*added 4/);
      assert.match((await visitor.get("/count")).text, /"data":4/);
    });
  });

  test(`tRPC's ${name}: a new visitor's subscription that changes without start() is an error that names it`, async () => {
    await withServer(async (visitor, { open }) => {
      const seen = { onPiece: (piece: string) => piece.includes("first") && open() };
      const { text, setCookies } = await visitor.get("/adds", seen);
      assert.match(text, /first[\s\S]*session\.start\(\)/);
      assert.doesNotMatch(text, /second/);
      assert.deepEqual(setCookies, []);
    });
  });
}

/** What a scope of its own reads from the store. */
async function storedCount({ sessions }: TrpcPersistence, visitor: Browser): Promise<string> {
  const scope = sessions.fromCookie(visitor.header);
  return await scope.run(async () => String((await scope.session.peek(AppState)).count));
}

test("tRPC: if the sessions are closed, the call's error has our code", async () => {
  const sessions = createSessions(options);
  const persist = persistSession(sessions);
  const server = createServer(
    createHTTPHandler({
      router: routerWith(persist, async () => {}),
      createContext: persist.createContext,
    }),
  );
  try {
    const visitor = new Browser(await listen(server));
    await visitor.post("/add", "", json);
    await sessions.close();
    const { status, text } = await visitor.get("/count");
    assert.equal(status, 500);
    assert.match(text, /"persist":"ERR_[A-Z_]+"/);
  } finally {
    await stop(server);
  }
});

test("tRPC over WebSockets: calls and subscriptions change the session of the socket's cookie", async () => {
  const persist = persistSession(options);
  const server = createServer();
  const wss = new WebSocketServer({ server });
  socketSession(wss, persist.sessions, { cookieOnUpgrade: true });
  const router = routerWith(persist, async () => {});
  applyWSSHandler({ wss, router, createContext: persist.createContext });
  try {
    const url = await listen(server);
    const socket = new WebSocket(url.replace("http", "ws"));
    const [answer] = (await once(socket, "upgrade")) as [{ headers: { "set-cookie"?: string[] } }];
    const [cookie = ""] = (answer.headers["set-cookie"] ?? [""])[0]?.split(";") ?? [];
    if (socket.readyState !== WebSocket.OPEN) await once(socket, "open");
    const messages: string[] = [];
    const told = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => pattern.test(messages.join("\n")) && resolve();
        socket.on("message", look);
        look();
      });
    socket.on("message", (data: Buffer) => messages.push(data.toString()));
    socket.send(JSON.stringify({ id: 1, method: "mutation", params: { path: "add" } }));
    await told(/"id":1,.*"data":1/);
    socket.send(JSON.stringify({ id: 2, method: "subscription", params: { path: "adds" } }));
    await told(/"added 3"[\s\S]*stopped/);
    const scope = persist.sessions.fromCookie(cookie);
    assert.equal(
      await scope.run(async () => (await scope.session.peek(AppState)).count),
      3,
      messages.join("\n"),
    );
    socket.close();
    await once(socket, "close");
  } finally {
    wss.close();
    await stop(server);
    await persist.sessions.close();
  }
});

test("tRPC: createContext() of a fetch request or a socket that no adapter has seen says what is missing", () => {
  const persist = persistSession(options);
  const { createContext } = persist;
  const fetched = { req: new Request("http://localhost/"), resHeaders: new Headers() };
  assert.throws(() => createContext(fetched), {
    code: "ERR_NO_SESSION",
    message: /persist\.fetch/,
  });
  const socket = { req: { headers: {} }, res: { send() {} } };
  assert.throws(() => createContext(socket), {
    code: "ERR_NO_SESSION",
    message: /applyWSSHandler/,
  });
});

test("tRPC: a procedure without createContext is an error that says so; a caller of the server takes a session", async () => {
  const persist = persistSession(options);
  const caller = initTRPC
    .context<TrpcContext>()
    .create()
    .createCallerFactory(routerWith(persist, async () => {}) as never) as (context: unknown) => {
    add(): Promise<number>;
  };
  await assert.rejects(caller({}).add(), /persist\.createContext/);
  const scope = persist.sessions.fromCookie(undefined);
  assert.equal(await caller({ session: scope.session }).add(), 1);
  await scope.end();
});
