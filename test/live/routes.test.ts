import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { createApp, defineEventHandler, toNodeListener } from "h3";
import { Hono } from "hono";
import Koa from "koa";
import { createSessions, persist, type Sessions } from "../../src/index.ts";
import { persistSession as forExpress } from "../../src/adapter/express.ts";
import { persistSession as forFastify } from "../../src/adapter/fastify.ts";
import { persistSession as forHono, withSession } from "../../src/adapter/hono.ts";
import { persistSession as forHttp } from "../../src/adapter/http.ts";
import { persistSession as forKoa } from "../../src/adapter/koa.ts";
import { persistSession as forNuxt } from "../../src/adapter/nuxt.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { listen, stop } from "../support/listen.ts";
import { Stream } from "./stream.ts";
import { cookieFor, SECRET } from "./visitor.ts";

@persist("live.routes")
class Cart {
  items: string[] = ["none"];
}

type Start = (sessions: Sessions) => Promise<{ origin: string; close: () => Promise<unknown> }>;

const live = () => liveEvents([expose(Cart, ["items"])]);

async function serving(server: Server): ReturnType<Start> {
  return { origin: await listen(server), close: async () => await stop(server) };
}

const frameworks: Record<string, Start> = {
  express: async (sessions) =>
    await serving(createServer(express().use(forExpress(sessions)).get("/live", live()))),
  http: async (sessions) => {
    const persistent = forHttp(sessions);
    const route = live();
    const handler = (request: IncomingMessage, response: ServerResponse): void =>
      persistent(request, response, async () => await route(request, response));
    return await serving(createServer(handler));
  },
  koa: async (sessions) => {
    const app = new Koa();
    const route = live();
    app.use(forKoa(sessions));
    app.use(async (context) => void (await route(context)));
    return await serving(createServer(app.callback()));
  },
  fastify: async (sessions) => {
    const app = fastify({ forceCloseConnections: true });
    await app.register(forFastify(sessions));
    app.addHook("onRequest", async (_request, reply) => void reply.header("x-from-a-hook", "kept"));
    app.get("/live", live());
    return {
      origin: await app.listen({ host: "127.0.0.1", port: 0 }),
      close: async () => await app.close(),
    };
  },
  "h3 1": async (sessions) => {
    const app = createApp();
    const route = live();
    app.use(
      "/live",
      defineEventHandler(async (event) => void (await route(event))),
    );
    forNuxt(sessions)(app);
    return await serving(createServer(toNodeListener(app)));
  },
  "an event of h3 2": async (sessions) => {
    const route = live();
    return await served(
      withSession(async (request: Request) => await route({ req: request }), sessions),
    );
  },
  hono: async (sessions) => {
    const app = new Hono().use(forHono(sessions)).get("/live", live());
    return await served(app.fetch);
  },
  "a fetch handler": async (sessions) => await served(withSession(live(), sessions)),
  "an event with a request": async (sessions) => {
    const route = live();
    return await served(
      withSession(async (request: Request) => await route({ request }), sessions),
    );
  },
};

async function served(
  fetch: (request: Request) => Response | Promise<Response>,
): ReturnType<Start> {
  return await new Promise((resolve) => {
    const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
      resolve({
        origin: `http://127.0.0.1:${port}`,
        close: async () => await stop(server as Server),
      }),
    );
  });
}

for (const [name, start] of Object.entries(frameworks)) {
  test(`liveEvents() is the route of ${name}`, async () => {
    const sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
    const { origin, close } = await start(sessions);
    try {
      const refused = await Stream.open(`${origin}/live`, {});
      assert.equal(refused.status, 409);
      const { cookie, change } = await cookieFor(sessions, Cart, (cart) => cart.items.push("tea"));
      const stream = await Stream.open(`${origin}/live`, { cookie });
      assert.equal(stream.response.headers["content-type"], "text/event-stream; charset=utf-8");
      assert.equal(stream.response.headers["set-cookie"], undefined);
      if (name === "fastify") assert.equal(stream.response.headers["x-from-a-hook"], "kept");
      const [first] = await stream.named("state", 1);
      assert.deepEqual(JSON.parse(first!.data), {
        key: "live.routes",
        values: { items: ["none", "tea"] },
      });
      await change((cart) => cart.items.push("milk"));
      const [, second] = await stream.named("state", 2);
      assert.deepEqual(JSON.parse(second!.data).values, { items: ["none", "tea", "milk"] });
      stream.close();
    } finally {
      await close();
      await sessions.close();
    }
  });
}
