import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { withSession } from "../../src/adapter/hono.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { currentSession, restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { fetchServer } from "./fetch-server.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

function routerWith(begun: () => Promise<void>) {
  const t = initTRPC.create();
  const started = t.middleware(async ({ next }) => {
    await currentSession().start();
    return await next();
  });
  return t.router({
    count: t.procedure.query(async () => (await restore(AppState)).count),
    add: t.procedure.mutation(async () => ++(await restore(AppState)).count),
    watch: t.procedure.subscription(async function* () {
      yield `first ${(await restore(AppState)).count}`;
      await begun();
      yield "second";
    }),
    adds: t.procedure.subscription(async function* () {
      yield "first";
      await begun();
      yield `added ${++(await restore(AppState)).count}`;
    }),
    addsStarted: t.procedure.use(started).subscription(async function* () {
      yield "first";
      await begun();
      yield `added ${++(await restore(AppState)).count}`;
    }),
  });
}

/** Serves the router by node:http and by fetch, as tRPC's own adapters do. */
const servers = {
  "node:http": (router: ReturnType<typeof routerWith>) => {
    const persist = persistSession(options);
    const handler = createHTTPHandler({ router });
    return createServer((request, response) =>
      persist(request, response, () => handler(request, response)),
    );
  },
  fetch: (router: ReturnType<typeof routerWith>) => {
    const handle = withSession(
      async (req: Request) => await fetchRequestHandler({ req, router, endpoint: "" }),
      options,
    );
    return fetchServer(handle);
  },
};

// What httpBatchStreamLink sends: the answer is written in parts, the first of them before any
// procedure has ended.
const streamed = { headers: { "trpc-accept": "application/jsonl" } };
const batch = "?batch=1&input=%7B%7D";

for (const [name, serve] of Object.entries(servers)) {
  const withServer = async (
    work: (browser: () => Browser, open: () => void) => Promise<void>,
  ): Promise<void> => {
    let open = (): void => {};
    const begun = new Promise<void>((resolve) => (open = resolve));
    const server = serve(routerWith(async () => await begun));
    try {
      const url = await listen(server);
      await work(() => new Browser(url), open);
    } finally {
      await stop(server);
    }
  };

  test(`tRPC by ${name}: a visitor who only reads by httpBatchStreamLink gets no cookie, one who stores gets it`, async () => {
    await withServer(async (browser) => {
      const visitor = browser();
      const read = await visitor.get(`/count,count${batch}`, streamed);
      assert.match(read.text, /^\{"0":/);
      assert.deepEqual(read.setCookies, []);
      const json = { headers: { ...streamed.headers, "content-type": "application/json" } };
      const added = await visitor.post("/add?batch=1", '{"0":{}}', json);
      assert.equal(added.setCookies.length, 1);
      assert.match((await visitor.get("/count")).text, /"data":1/);
    });
  });

  test(`tRPC by ${name}: a new visitor's subscription reads`, async () => {
    await withServer(async (browser, open) => {
      const { text } = await browser().get("/watch", {
        onPiece: (piece) => piece.includes("first 0") && open(),
      });
      assert.match(text, /first 0[\s\S]*second/);
    });
  });

  test(`tRPC by ${name}: a new visitor's subscription that changes is an error, unless a middleware has called start()`, async () => {
    await withServer(async (browser, open) => {
      const seen = { onPiece: (piece: string) => piece.includes("first") && open() };
      const refused = await browser().get("/adds", seen);
      assert.match(refused.text, /first[\s\S]*session\.start\(\)/);
      assert.deepEqual(refused.setCookies, []);
    });
    await withServer(async (browser, open) => {
      const visitor = browser();
      const { text } = await visitor.get("/addsStarted", {
        onPiece: (piece) => piece.includes("first") && open(),
      });
      assert.match(text, /first[\s\S]*added 1/);
      assert.match((await visitor.get("/count")).text, /"data":1/);
    });
  });
}
