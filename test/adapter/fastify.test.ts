import assert from "node:assert/strict";
import { test } from "node:test";
import { fastify } from "fastify";
import { persistSession } from "../../src/adapter/fastify.ts";
import { createSessions, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

test("Fastify: routes of nested plugins have their sessions too, by the request and by Node's", async () => {
  const app = fastify({ forceCloseConnections: true });
  await app.register(persistSession(options));
  await app.register(async (nested) => {
    nested.get("/", async (request) => {
      assert.equal(sessionOf(request), sessionOf(request.raw));
      return ++(await sessionOf(request.raw).restore(AppState)).count;
    });
  });
  try {
    const browser = new Browser(await app.listen({ port: 0, host: "127.0.0.1" }));
    await browser.get("/");
    assert.equal((await browser.get("/")).text, "2");
  } finally {
    await app.close();
  }
});

test("Fastify: hooks and error handlers of the app may restore as well", async () => {
  const app = fastify({ forceCloseConnections: true });
  await app.register(persistSession(options));
  app.addHook("preHandler", async () => {
    (await restore(AppState)).list.push("preHandler");
  });
  app.setErrorHandler(async (_error, _request, reply) => {
    const { list } = await restore(AppState);
    list.push("error");
    await reply.code(500).send(list);
  });
  app.post("/", async () => {
    throw new Error("the handler's own");
  });
  try {
    const browser = new Browser(await app.listen({ port: 0, host: "127.0.0.1" }));
    assert.equal((await browser.post("/", "body")).text, '["preHandler","error"]');
    const { text } = await browser.post("/", "body");
    assert.equal(text, '["preHandler","error","preHandler","error"]');
  } finally {
    await app.close();
  }
});

test("Fastify: sessions made by the plugin are closed with the server, and given ones are not", async () => {
  const own = persistSession(options);
  const given = createSessions(options);
  for (const plugin of [own, persistSession(given)]) {
    const app = fastify();
    await app.register(plugin);
    await app.ready();
    await app.close();
  }
  await assert.rejects(own.sessions.sweep(), { code: "ERR_STORE_CLOSED" });
  assert.equal(await given.sweep(), 0);
  await given.close();
});
