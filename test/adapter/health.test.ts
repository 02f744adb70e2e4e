import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import * as forExpress from "../../src/adapter/express.ts";
import * as forFastify from "../../src/adapter/fastify.ts";
import * as forHono from "../../src/adapter/hono.ts";
import * as forHttp from "../../src/adapter/http.ts";
import { PersistError } from "../../src/errors.ts";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { until } from "../support/until.ts";
import { listen, stop } from "../support/listen.ts";

interface App {
  readonly url: string;
  readonly close: () => Promise<unknown>;
}

const options = { timeout: 50 };

const apps: Record<string, (sessions: Sessions) => Promise<App>> = {
  async "node:http"(sessions) {
    const health = forHttp.healthHandler(sessions, options);
    const persist = forHttp.persistSession(sessions);
    return await listenTo(
      createServer((request, response) => {
        persist(request, response, () => health(request, response, () => response.end("the app")));
      }),
    );
  },
  async Express(sessions) {
    const app = express();
    app.use(forExpress.persistSession(sessions));
    app.use(forExpress.healthHandler(sessions, options));
    app.use((_request, response) => void response.send("the app"));
    return await listenTo(createServer(app));
  },
  async Fastify(sessions) {
    const app = fastify();
    await app.register(forFastify.persistSession(sessions));
    await app.register(forFastify.healthHandler(sessions, options));
    app.get("/", async () => "the app");
    return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
  },
  async Hono(sessions) {
    const app = new Hono();
    app.use(forHono.healthHandler(sessions, options));
    app.use(forHono.persistSession(sessions));
    app.get("/", (context) => context.text("the app"));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, close: async () => await stop(server) };
  },
};

async function listenTo(server: Server): Promise<App> {
  return { url: await listen(server), close: async () => await stop(server) };
}

/** A store whose answers a test can hold back or turn into a failure. */
function testStore(): Store & { answer: () => Promise<void>; asked: number } {
  const inner = memoryStore();
  const store = {
    ...inner,
    answer: async () => undefined as void,
    asked: 0,
    owner: async (owner: string) => {
      store.asked++;
      await store.answer();
      return await inner.owner(owner);
    },
  };
  return store;
}

for (const [name, start] of Object.entries(apps)) {
  test(`healthHandler() of ${name} says whether the store answers when a balancer asks`, async () => {
    const store = testStore();
    const sessions = createSessions({ store, sweepInterval: false });
    const app = await start(sessions);
    const ask = async (path: string, method = "GET") => {
      const response = await fetch(`${app.url}${path}`, { method });
      return [response.status, (await response.text()).trim()] as const;
    };
    try {
      const ready = await fetch(`${app.url}/_persist/ready`);
      assert.deepEqual([ready.status, await ready.json()], [200, { status: "ok" }]);
      assert.equal(ready.headers.get("cache-control"), "no-store");
      assert.equal(ready.headers.get("set-cookie"), null);
      assert.deepEqual(await ask("/_persist/ready?from=balancer", "HEAD"), [200, ""]);
      assert.equal((await ask("/_persist/ready", "POST"))[0], 405);
      assert.deepEqual(await ask("/"), [200, "the app"]);

      store.answer = async () => await new Promise(() => undefined);
      await until(
        "the store that hangs is noticed",
        async () => (await ask("/_persist/ready"))[0] === 503,
      );
      assert.deepEqual(await ask("/_persist/health"), [200, '{"status":"ok"}']);

      store.answer = async () => {
        throw new PersistError("ERR_STORE_CORRUPT", "the file is damaged");
      };
      const corrupt = '{"status":"unavailable","code":"ERR_STORE_CORRUPT"}';
      await until(
        "the store that fails is noticed",
        async () => (await ask("/_persist/ready"))[1] === corrupt,
      );

      store.answer = async () => undefined;
      await until("the store is back", async () => (await ask("/_persist/ready"))[0] === 200);
    } finally {
      await app.close();
    }
  });
}

test("healthHandler() asks the store once when many ask at the same time", async () => {
  const store = testStore();
  const sessions = createSessions({ store, sweepInterval: false });
  const app = await apps["node:http"]?.(sessions);
  const asked = Array.from({ length: 20 }, async () => await fetch(`${app?.url}/_persist/ready`));
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
  assert.equal(store.asked, 1);
  await app?.close();
});

test("healthHandler() says that the app is not ready when its sessions are closed", async () => {
  const sessions = createSessions({ store: "memory:", sweepInterval: false });
  const app = await apps["Express"]?.(sessions);
  await sessions.close();
  const response = await fetch(`${app?.url}/_persist/ready`);
  assert.deepEqual(
    [response.status, await response.json()],
    [503, { status: "unavailable", code: "ERR_STORE_CLOSED" }],
  );
  await app?.close();
});
