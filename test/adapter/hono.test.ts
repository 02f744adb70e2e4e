import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { etag } from "hono/etag";
import { persistSession, withSession } from "../../src/adapter/hono.ts";
import { PersistError, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { heldStore } from "./held-store.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "none";
}

test("Hono: sessionOf() takes the context and the Request, and the app needs no server", async () => {
  const app = new Hono();
  app.use(persistSession(options));
  app.get("/", async (context) => {
    assert.equal(sessionOf(context), sessionOf(context.req.raw));
    return context.json(++(await restore(AppState)).count);
  });
  const first = await app.request("/");
  const second = await app.request("/", { headers: { cookie: cookieOf(first) } });
  assert.equal(await second.json(), 2);
});

test("Hono: behind another middleware, 304 and HEAD give their answers, and the objects are let go of", async () => {
  const app = new Hono();
  let restored: AppState | undefined;
  app.use(etag(), persistSession(options));
  app.get("/", async (context) => {
    restored = await restore(AppState);
    return context.text(`count ${restored.count}`);
  });
  const full = await app.request("/");
  assert.equal(await full.text(), "count 0");
  for (const [status, init] of [
    [304, { headers: { "if-none-match": full.headers.get("etag") ?? "" } }],
    [200, { method: "HEAD" }],
  ] as const) {
    const response = await app.request("/", init);
    assert.deepEqual([response.status, await response.text()], [status, ""]);
    assert.throws(() => restored?.count, { code: "ERR_SCOPE_ENDED" });
  }
});

test("Hono: headers and cookies that other middleware sets stay, also on a failure", async () => {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("x-after", "1");
  });
  app.use(persistSession(options));
  app.use(async (context, next) => {
    context.header("x-before", "1");
    context.header("set-cookie", "a=1", { append: true });
    await next();
  });
  app.get("/", async (context) => {
    (await restore(AppState)).count++;
    return context.text("done");
  });
  const response = await app.request("/");
  const { headers } = response;
  assert.deepEqual([headers.get("x-before"), headers.get("x-after")], ["1", "1"]);
  assert.equal(headers.getSetCookie().length, 2);
  assert.equal(await response.text(), "done");
});

test("withSession: several pieces that are at hand make a whole body, and a new reader gets no cookie", async () => {
  const handler = withSession(async (request) => {
    const state = await restore(AppState);
    if (request.method === "POST") state.count++;
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of ["one ", "two ", "three"])
            controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      }),
    );
  }, options);
  const read = await handler(new Request("http://localhost/"));
  assert.deepEqual([await read.text(), cookieOf(read)], ["one two three", "none"]);
  const changed = await handler(new Request("http://localhost/", { method: "POST" }));
  assert.equal(await changed.text(), "one two three");
  assert.match(cookieOf(changed), /^persist-session=/);
});

test("withSession: a failed commit rejects, a body that fails is a failure and keeps what was changed", async () => {
  const failure = new Error("the body's own");
  const handler = withSession(async () => {
    (await restore(AppState)).count++;
    return new Response(new ReadableStream({ pull: () => Promise.reject(failure) }));
  }, options);
  await assert.rejects(handler(new Request("http://localhost/")), failure);
  const counts = [];
  for await (const { states } of handler.sessions.list()) counts.push(...states);
  assert.deepEqual(counts, ["adapter.app"]);
});

test("withSession: promise 10 (Failure is loud): a stream whose handler changed something before it is not begun if the commit fails", async () => {
  const store = heldStore();
  const handler = withSession(
    async () => {
      (await restore(AppState)).count++;
      return new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }));
    },
    { ...options, store },
  );
  store.failing.write = new PersistError("ERR_STORE_FULL", "full, as this test has it");
  await assert.rejects(handler(new Request("http://localhost/")), { code: "ERR_STORE_FULL" });
});

test("withSession: the peer's address may come from the runtime, for trustProxy", async () => {
  const make = (address: string) =>
    withSession(
      async () => {
        (await restore(AppState)).count++;
        return new Response("done");
      },
      { ...options, trustProxy: "loopback" },
      () => address,
    );
  const request = () =>
    new Request("http://localhost/", { headers: { "x-forwarded-proto": "https" } });
  assert.match(cookieOf(await make("127.0.0.1")(request())), /^__Host-/);
  assert.match(cookieOf(await make("192.0.2.1")(request())), /^persist-session=/);
});
