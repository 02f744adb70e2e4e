import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { createApp, createError, defineEventHandler, toNodeListener, toWebHandler } from "h3";
import { type H3NextEvent, persistSession } from "../../src/adapter/nuxt.ts";
import { createSessions, restore, sessionOf } from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

function countingApp() {
  const app = createApp();
  app.use(
    "/count",
    defineEventHandler(async () => String(++(await restore(AppState)).count)),
  );
  app.use(
    "/event",
    defineEventHandler(async (event) => {
      const own = await sessionOf(event).restore(AppState);
      return String(
        own === (await restore(AppState)) && sessionOf(event.node.req) === sessionOf(event),
      );
    }),
  );
  app.use(
    "/throws",
    defineEventHandler(async () => {
      (await restore(AppState)).count++;
      throw createError({ statusCode: 418, message: "own failure" });
    }),
  );
  app.use(
    "/stream",
    defineEventHandler(async () => {
      const state = await restore(AppState);
      state.count++;
      return new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(String(state.count)));
          controller.close();
        },
      });
    }),
  );
  return app;
}

describe("h3 1", () => {
  test("an app that was given to the plugin has sessions in its handlers, by the event too", async () => {
    const app = countingApp();
    persistSession(options)(app);
    const server = createServer(toNodeListener(app));
    try {
      const browser = new Browser(await listen(server));
      const first = await browser.get("/count");
      assert.deepEqual([first.text, first.setCookies.length], ["1", 1]);
      assert.equal((await browser.get("/count")).text, "2");
      assert.equal((await browser.get("/event")).text, "true");
      const thrown = await browser.get("/throws");
      assert.equal(thrown.status, 418);
      assert.equal((await browser.get("/count")).text, "4");
    } finally {
      await stop(server);
    }
  });

  test("two plugins on one app give one session", async () => {
    const app = countingApp();
    persistSession(options)(app);
    persistSession(options)(app);
    const server = createServer(toNodeListener(app));
    try {
      const browser = new Browser(await listen(server));
      assert.equal((await browser.get("/count")).setCookies.length, 1);
      assert.equal((await browser.get("/count")).text, "2");
    } finally {
      await stop(server);
    }
  });

  test("on a host without Node's server an answer is complete, has its cookie, and comes after the commit", async () => {
    const app = countingApp();
    persistSession(options)(app);
    const handler = toWebHandler(app);
    let cookie = "";
    for (const [path, status, text] of [
      ["/count", 200, "1"],
      ["/stream", 200, "2"],
      ["/throws", 418, undefined],
      ["/count", 200, "4"],
    ] as const) {
      const response = await handler(
        new Request(`http://localhost${path}`, { headers: { cookie } }),
      );
      cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
      assert.match(cookie, /^persist-session/, path);
      assert.equal(response.status, status, path);
      if (text !== undefined) assert.equal(await response.text(), text);
    }
  });

  test("a commit that fails is an error of the app, on either kind of host", async (t) => {
    t.mock.method(console, "error", () => undefined);
    const seen: unknown[] = [];
    const app = createApp({
      onError: (error) => void seen.push((error.cause as { code?: string }).code),
    });
    app.use(
      defineEventHandler(async () => {
        ((await restore(AppState)).list as unknown[]).push(() => "no value");
        return "looks well";
      }),
    );
    persistSession({ ...options, log: () => undefined })(app);
    const server = createServer(toNodeListener(app));
    try {
      const answer = await new Browser(await listen(server)).get("/");
      assert.equal(answer.status, 500);
      assert.doesNotMatch(answer.text, /looks well/);
    } finally {
      await stop(server);
    }
    assert.equal((await toWebHandler(app)(new Request("http://localhost/"))).status, 500);
    assert.deepEqual(seen, ["ERR_VALUE_UNSUPPORTED", "ERR_VALUE_UNSUPPORTED"]);
  });
});

test("if no sessions can be made, routes that need one fail with the reason, and all others are answered", async (t) => {
  t.mock.method(console, "error", () => undefined);
  const seen: unknown[] = [];
  const app = createApp({
    onError: (error) => void seen.push((error.cause as { code?: string }).code),
  });
  app.use(
    "/count",
    defineEventHandler(async () => String((await restore(AppState)).count)),
  );
  app.use(
    "/file",
    defineEventHandler(() => "a file"),
  );
  persistSession({ ...options, secret: "short" })(app);
  const handler = toWebHandler(app);
  assert.equal(await (await handler(new Request("http://localhost/file"))).text(), "a file");
  assert.equal((await handler(new Request("http://localhost/count"))).status, 500);
  assert.deepEqual(seen, ["ERR_SECRET_TOO_SHORT"]);
});

describe("where it is registered", () => {
  test("as an event handler of h3 1, or as a plugin of Nitro 3, it is refused with the right place", () => {
    const plugin = persistSession(options) as unknown as (target: object) => void;
    const refusal = (remedy: RegExp) => (error: Error & { code?: string }) =>
      error.code === "ERR_OPTION_INVALID" && remedy.test(error.message);
    assert.throws(() => plugin({ node: { req: {}, res: {} } }), refusal(/server\/plugins/));
    assert.throws(() => plugin({ fetch() {}, hooks: {} }), refusal(/middleware\//));
  });

  test("Nitro's close hook closes sessions that were made here, and leaves given ones alone", async () => {
    for (const given of [undefined, createSessions({ ...options, store: memoryStore() })]) {
      const listeners: (() => Promise<void>)[] = [];
      const app = countingApp();
      const plugin = persistSession(given ?? options);
      plugin({
        h3App: app,
        hooks: {
          hook: (_name: "close", listener: () => Promise<void>) => listeners.push(listener),
        },
      });
      await toWebHandler(app)(new Request("http://localhost/count"));
      await Promise.all(listeners.map(async (listener) => await listener()));
      const session = await plugin.sessions.open();
      const open = await session
        .run(async () => await restore(AppState))
        .then(
          () => true,
          () => false,
        );
      assert.equal(open, given !== undefined);
      await given?.close();
    }
  });
});

describe("h3 2", () => {
  /** As much of an event as h3 2 gives its middleware. */
  const eventOf = (cookie = ""): H3NextEvent => ({
    req: new Request("http://localhost/", { headers: { cookie } }),
    url: new URL("http://localhost/"),
    res: { headers: new Headers(), errHeaders: new Headers() },
  });

  test("the cookie goes to the headers that h3 takes for a value, to those for an error, or to the Response", async () => {
    const middleware = persistSession(options);
    const count = async (): Promise<number> => ++(await restore(AppState)).count;
    const plain = eventOf();
    assert.equal(await middleware(plain, async () => await count()), 1);
    assert.match(plain.res.headers.get("set-cookie") ?? "", /^persist-session/);

    const failing = eventOf();
    const failure = new Error("own");
    await assert.rejects(
      middleware(failing, async () => {
        await count();
        throw failure;
      }),
      failure,
    );
    assert.match(failing.res.errHeaders?.get("set-cookie") ?? "", /^persist-session/);
    assert.equal(failing.res.headers.get("set-cookie"), null);

    const answered = await middleware(eventOf(), async () => new Response(String(await count())));
    assert.match((answered as Response).headers.get("set-cookie") ?? "", /^persist-session/);
  });

  test("a stream keeps its scope until its end", async () => {
    const middleware = persistSession(options);
    const event = eventOf();
    const response = (await middleware(event, async () => {
      const state = await restore(AppState);
      state.count = 1;
      return new ReadableStream({
        async pull(controller) {
          (await restore(AppState)).count = 5;
          controller.enqueue(new TextEncoder().encode("done"));
          controller.close();
        },
      });
    })) as Response;
    const cookie = response.headers.get("set-cookie")?.split(";", 1)[0];
    assert.equal(await response.text(), "done");
    const seen = await middleware(eventOf(cookie), async () => (await restore(AppState)).count);
    assert.equal(seen, 5);
  });
});
