import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { persistSession as persistAstro } from "../../src/adapter/astro.ts";
import { persistSession as persistExpress } from "../../src/adapter/express.ts";
import { persistSession as persistFastify } from "../../src/adapter/fastify.ts";
import { persistSession as persistHono, withSession } from "../../src/adapter/hono.ts";
import { persistSession as persistHttp } from "../../src/adapter/http.ts";
import { nextSession } from "../../src/adapter/next.ts";
import { persistSession as persistReactRouter } from "../../src/adapter/react-router.ts";
import { persistSession as persistSvelteKit } from "../../src/adapter/sveltekit.ts";
import { createSessions, currentSession, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { add, contextOf, eventOf } from "./twice-apps.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false, log: () => {} } as const;

const id = (): string => currentSession().id;

describe("what an app asks of itself within a scope is another request", () => {
  test("Fastify: app.inject()", async () => {
    const app = fastify();
    await app.register(persistFastify(options));
    app.get("/inner", async () => id());
    app.get("/outer", async () => {
      await add("outer");
      const { body } = await app.inject("/inner");
      return body !== id();
    });
    assert.equal((await app.inject("/outer")).body, "true");
    await app.close();
  });

  test("Hono: app.request(), to the same address and with the headers of the outer one", async () => {
    const app = new Hono();
    app.use(persistHono(options));
    let depth = 0;
    app.get("/:name", async (context) => {
      await add("a");
      if (context.req.param("name") === "inner" || depth++ > 0) return context.text(id());
      const own = id();
      const others = await Promise.all(
        ["/outer", "/inner", new Request("http://localhost/inner", context.req.raw)].map(
          async (asked) => await (await app.request(asked)).text(),
        ),
      );
      assert.equal(id(), own);
      return context.json(new Set([own, ...others]).size);
    });
    assert.equal(await (await app.request("/outer")).text(), "4");
    const headers = { host: "localhost:1", "user-agent": "a browser" };
    depth = 0;
    assert.equal(await (await app.request("http://localhost:1/outer", { headers })).text(), "4");
  });

  test("withSession(): another browser's request, and the same Request at the same time", async () => {
    const cookies = new Map<string, string>();
    const handler = withSession(async (request: Request): Promise<Response> => {
      const list = await add("a");
      const [, name = ""] = new URL(request.url).pathname.split("/");
      if (name === "" || cookies.get("other") === undefined) return Response.json(list);
      const headers = { cookie: cookies.get("other") ?? "", host: "localhost" };
      return await handler(new Request("http://localhost/", { headers }));
    }, options);
    const other = await handler(new Request("http://localhost/"));
    cookies.set("other", other.headers.get("set-cookie")?.split(";", 1)[0] ?? "");
    const nested = await handler(new Request("http://localhost/nested"));
    assert.deepEqual(await nested.json(), ["a", "a"]);
    cookies.clear();
    const request = new Request("http://localhost/");
    const both = await Promise.all([handler(request), handler(request)]);
    const told = both.map(({ headers }) => headers.get("set-cookie"));
    assert.equal(new Set(told).size, 2);
    assert.ok(!told.includes(null));
  });

  test("React Router and Astro: another visitor's request in the scope of the first", async () => {
    const [router, pages] = [persistReactRouter(options), persistAstro(options)];
    const run = {
      router: async (request: Request, next: () => Promise<Response>) =>
        await router({ request }, next),
      pages: async (request: Request, next: () => Promise<Response>) =>
        await pages(contextOf(request, {}), next),
    };
    for (const [name, handle] of Object.entries(run)) {
      const ids: string[] = [];
      await handle(new Request("http://localhost/a"), async () => {
        ids.push(id());
        await handle(new Request("http://localhost/b"), async () => {
          ids.push(id());
          return new Response();
        });
        return new Response();
      });
      assert.equal(new Set(ids).size, 2, name);
    }
  });

  test("SvelteKit: a sub-request is a part of the outer one, another event is not", async () => {
    const handle = persistSvelteKit(options);
    const event = eventOf(new Request("http://localhost/a"));
    const ids: string[] = [];
    const resolve = async (): Promise<Response> => {
      ids.push(id());
      return new Response();
    };
    await handle({
      event,
      resolve: async () => {
        await resolve();
        const sub = eventOf(new Request("http://localhost/b"), true);
        await handle({ event: sub, resolve });
        assert.equal(sessionOf(sub), sessionOf(event));
        return await handle({ event: eventOf(new Request("http://localhost/b")), resolve });
      },
    });
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[0], ids[2]);
  });
});

describe("one request in other objects", () => {
  test("Astro: a rewrite runs the middleware again, on another context and request", async () => {
    const middleware = persistAstro(options);
    const request = new Request("http://localhost/a");
    const locals = {};
    const response = await middleware(contextOf(request, locals), async () => {
      await add("before");
      const rewritten = contextOf(new Request("http://localhost/b", request), locals);
      return await middleware(rewritten, async () => {
        assert.equal(sessionOf(rewritten), currentSession());
        return Response.json(await add("after"));
      });
    });
    assert.deepEqual(await response.json(), ["before", "after"]);
    assert.equal(response.headers.getSetCookie().length, 1);
  });

  test("Next: a route handler that calls an action, or another route handler with its request", async () => {
    const session = nextSession(options);
    const action = session.action(async () => await add("action"));
    const inner = session.route(async () => Response.json(await add("inner")));
    const outer = session.route(async (request: Request) => {
      await add("outer");
      await action();
      return await inner(request);
    });
    const response = await outer(new Request("http://localhost/"));
    assert.deepEqual(await response.json(), ["outer", "action", "inner"]);
    assert.equal(response.headers.getSetCookie().length, 1);
    const rival = nextSession({ ...options, ttl: "3d", secret: `${SECRET}2` });
    const refused = rival.action(async () => await add("refused"));
    const asking = session.route(async () => {
      await assert.rejects(refused(), { code: "ERR_OPTION_INVALID" });
      return Response.json(await add("goes on"));
    });
    const goesOn = await asking(new Request("http://localhost/"));
    assert.deepEqual(await goesOn.json(), ["goes on"]);
  });

  test("a state of the outer sessions can be used below an adapter of others", async () => {
    const [outer, inner] = ["c0", "c1"].map((name) =>
      persistExpress({ ...options, cookie: { name } }),
    );
    const app = express();
    app.use(outer!);
    app.use(async (_request, response, next) => {
      response.locals["state"] = await restore(AppState);
      next();
    });
    app.use(inner!);
    app.get("/", async (_request, response) => {
      const state = response.locals["state"] as AppState;
      state.count++;
      (await restore(AppState)).count += 10;
      response.send(String(state.count));
    });
    const server = createServer(app);
    try {
      const browser = new Browser(await listen(server));
      assert.equal((await browser.get("/")).text, "1");
      assert.equal((await browser.get("/")).text, "2");
      assert.equal(browser.cookies.size, 2);
    } finally {
      await stop(server);
    }
  });

  test("three adapters: the third one, of the first one's sessions, takes part there", async () => {
    const [one, two] = ["c0", "c1"].map((name) => createSessions({ ...options, cookie: { name } }));
    const [first, second, third] = [persistHttp(one), persistHttp(two), persistHttp(one)];
    const server = createServer((request, response) =>
      first(request, response, async () => {
        await add("first");
        second(request, response, () =>
          third(request, response, async () => response.end(JSON.stringify(await add("third")))),
        );
      }),
    );
    try {
      const browser = new Browser(await listen(server));
      assert.deepEqual(
        (await browser.get("/")).setCookies.map((line) => line.slice(0, 2)),
        ["c0"],
      );
      assert.equal((await browser.get("/")).text, '["first","third","first","third"]');
    } finally {
      await stop(server);
    }
  });

  test("promise 10 (Failure is loud): a commit that fails at the inner adapter is answered once, as a failure", async () => {
    const sessions = createSessions({ ...options, limits: { attribute: 100 } });
    const [outer, inner] = [persistHttp(sessions), persistExpress(sessions)];
    const app = express();
    app.use(inner);
    app.get("/", async (_request, response) => {
      await add("x".repeat(1000));
      response.send("stored");
    });
    const server = createServer((request, response) =>
      outer(request, response, () => app(request, response)),
    );
    try {
      const { status, text } = await new Browser(await listen(server)).get("/");
      assert.deepEqual([status, text], [500, "Internal Server Error (ERR_ATTRIBUTE_TOO_LARGE)\n"]);
    } finally {
      await stop(server);
    }
  });
});
