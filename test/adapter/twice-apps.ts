import type { IncomingMessage, ServerResponse } from "node:http";
import express, { type RequestHandler } from "express";
import fastify from "fastify";
import { createApp, defineEventHandler, toNodeListener } from "h3";
import { Hono } from "hono";
import { getRequestListener } from "@hono/node-server";
import Koa from "koa";
import { persistSession as astro } from "../../src/adapter/astro.ts";
import { persistSession as persistExpress } from "../../src/adapter/express.ts";
import { persistSession as persistFastify } from "../../src/adapter/fastify.ts";
import { persistSession as persistHono, withSession } from "../../src/adapter/hono.ts";
import { persistSession as persistHttp } from "../../src/adapter/http.ts";
import { persistSession as persistKoa } from "../../src/adapter/koa.ts";
import { type H3NextEvent, persistSession as persistNuxt } from "../../src/adapter/nuxt.ts";
import { persistSession as persistReactRouter } from "../../src/adapter/react-router.ts";
import { persistSession as persistSvelteKit } from "../../src/adapter/sveltekit.ts";
import { persistSession as persistTrpc } from "../../src/adapter/trpc.ts";
import { restore, type Sessions } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { fetchServer } from "./fetch-server.ts";

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export async function add(word: string): Promise<string[]> {
  const { list } = await restore(AppState);
  list.push(word);
  return list;
}

/** A fetch-style app behind a real server, whose Requests have all headers that a browser sends. */
const served = (handle: (request: Request) => Promise<Response>): Listener => {
  const server = fetchServer(
    async (request) =>
      // As a runtime answers what its handler throws.
      await handle(request).catch(() => new Response("failed", { status: 500 })),
  );
  return (request, response) => void server.emit("request", request, response);
};

export const contextOf = (request: Request, locals: object) => ({
  request,
  locals,
  url: new URL(request.url),
  isPrerendered: false,
  clientAddress: "127.0.0.1",
});

export const eventOf = (request: Request, isSubRequest = false) => ({
  request,
  url: new URL(request.url),
  isSubRequest,
  getClientAddress: () => "127.0.0.1",
});

const answered = async (word: string): Promise<Response> => Response.json(await add(word));

const addOuter: RequestHandler = async (_request, _response, next) => {
  await add("outer");
  next();
};

/** Apps that give a request its session twice: `outer` and `inner` are kept in both. */
export const twiceApps: Record<
  string,
  (one: Sessions, two: Sessions) => Listener | Promise<Listener>
> = {
  "http within http": (one, two) => {
    const [outer, inner] = [persistHttp(one), persistHttp(two)];
    return (request, response) =>
      outer(request, response, async () => {
        await add("outer");
        inner(request, response, async () => {
          response.end(JSON.stringify(await add("inner")));
        });
      });
  },
  "Express: app.use() twice": (one, two) => {
    const app = express();
    app.use(persistExpress(one));
    app.use(addOuter);
    app.use(persistExpress(two));
    app.get("/", async (_request, response) => void response.json(await add("inner")));
    return app;
  },
  "Express below http": (one, two) => {
    const outer = persistHttp(one);
    const app = express();
    app.use(persistExpress(two));
    app.get("/", async (_request, response) => void response.json(await add("inner")));
    return (request, response) =>
      outer(request, response, async () => {
        await add("outer");
        app(request, response);
      });
  },
  "Fastify: register() twice": async (one, two) => {
    const app = fastify();
    await app.register(persistFastify(one));
    app.addHook("onRequest", async () => void (await add("outer")));
    await app.register(persistFastify(two));
    app.get("/", async () => await add("inner"));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  "Koa: app.use() twice": (one, two) => {
    const app = new Koa();
    // Koa would print the refusals.
    app.on("error", () => {});
    app.use(persistKoa(one));
    app.use(async (_context, next) => {
      await add("outer");
      await next();
    });
    app.use(persistKoa(two));
    app.use(async (context) => {
      context.body = await add("inner");
    });
    return app.callback();
  },
  "Hono: app.use() twice": (one, two) => {
    const app = new Hono();
    app.use(persistHono(one));
    app.use(async (_context, next) => {
      await add("outer");
      await next();
    });
    app.use(persistHono(two));
    app.get("/", async (context) => context.json(await add("inner")));
    return served(async (request) => await app.fetch(request));
  },
  "withSession() below Hono, mounted": (one, two) => {
    const app = new Hono();
    app.use(persistHono(one));
    app.use(async (_context, next) => {
      await add("outer");
      await next();
    });
    const inner = new Hono().mount(
      "/",
      withSession(async () => await answered("inner"), two),
    );
    app.mount("/", inner.fetch);
    return served(async (request) => await app.fetch(request));
  },
  "Hono below Express": (one, two) => {
    const app = express();
    app.use(persistExpress(one));
    app.use(addOuter);
    const inner = new Hono();
    inner.use(persistHono(two));
    inner.get("/", async (context) => context.json(await add("inner")));
    app.use((request, response) => void getRequestListener(inner.fetch)(request, response));
    return app;
  },
  "withSession() within withSession()": (one, two) => {
    const inner = withSession(async () => await answered("inner"), two);
    return served(
      withSession(async (request: Request) => {
        await add("outer");
        return await inner(request);
      }, one),
    );
  },
  "tRPC below Express": (one, two) => {
    const app = express();
    app.use(persistExpress(one));
    app.use(addOuter);
    const trpc = persistTrpc(two);
    app.get("/", async (req, response) => {
      const ctx = trpc.createContext({ req, res: response });
      response.json(await trpc({ ctx, next: async () => await add("inner") }));
    });
    return app;
  },
  "React Router: middleware twice": (one, two) => {
    const [outer, inner] = [persistReactRouter(one), persistReactRouter(two)];
    return served(
      async (request) =>
        await outer({ request }, async () => {
          await add("outer");
          return await inner({ request }, async () => await answered("inner"));
        }),
    );
  },
  "React Router's data below Express": (one, two) => {
    const app = express();
    app.use(persistExpress(one));
    app.use(addOuter);
    const inner = persistReactRouter(two);
    app.use(async (request, response) => {
      const headers = Object.entries(request.headers) as [string, string][];
      const shown = new Request("http://localhost/", { headers });
      const made = await inner({ request: shown }, async () => await answered("inner"));
      response.writeHead(made.status, [...made.headers].flat()).end(await made.text());
    });
    return (request, response) => {
      request.url = "/_root.data?_routes=root";
      app(request, response);
    };
  },
  "SvelteKit: sequence() of two": (one, two) => {
    const [outer, inner] = [persistSvelteKit(one), persistSvelteKit(two)];
    return served(
      async (request) =>
        await outer({
          event: eventOf(request),
          resolve: async (event) => {
            await add("outer");
            return await inner({ event, resolve: async () => await answered("inner") });
          },
        }),
    );
  },
  "Astro: sequence() of two": (one, two) => {
    const [outer, inner] = [astro(one), astro(two)];
    return served(async (request) => {
      const context = contextOf(request, {});
      return await outer(context, async () => {
        await add("outer");
        return await inner(context, async () => await answered("inner"));
      });
    });
  },
  "h3 1: two plugins": (one, two) => {
    const app = createApp();
    app.use(
      "/",
      defineEventHandler(async () => await add("inner")),
    );
    persistNuxt(two)(app);
    const { handler } = app;
    app.handler = Object.assign(async (event: never) => {
      await add("outer");
      return (await handler(event)) as unknown;
    }, handler);
    persistNuxt(one)(app);
    return toNodeListener(app);
  },
  "h3 2: app.use() twice": (one, two) => {
    const [outer, inner] = [persistNuxt(one), persistNuxt(two)];
    return served(async (request) => {
      const event: H3NextEvent = {
        req: request,
        url: new URL(request.url),
        res: { headers: new Headers() },
      };
      const list = await outer(event, async () => {
        await add("outer");
        return await inner(event, async () => await add("inner"));
      });
      return Response.json(list, { headers: event.res.headers });
    });
  },
};
