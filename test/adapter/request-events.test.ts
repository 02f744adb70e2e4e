import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { test } from "node:test";
import busboy from "busboy";
import express, { type RequestHandler } from "express";
import express4 from "express4";
import Fastify from "fastify";
import { createApp, defineEventHandler, fromNodeMiddleware, toNodeListener } from "h3";
import { persistSession as expressSession } from "../../src/adapter/express.ts";
import { persistSession as fastifySession } from "../../src/adapter/fastify.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { currentSession, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { gate } from "../sessions/fixture.ts";
import { listen, stop } from "../support/listen.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

/** Ways to wait for a body, by the request's own events. */
const waits: Readonly<Record<string, (request: IncomingMessage, then: () => void) => void>> = {
  end: (request, then) => void request.resume().on("end", then),
  close: (request, then) => void request.resume().on("close", then),
  "the first data": (request, then) => {
    request.once("data", then);
  },
  readable: (request, then) => {
    request.once("readable", then);
  },
  busboy: (request, then) => {
    const form = busboy({ headers: request.headers });
    form.on("close", then);
    request.pipe(form);
  },
  "busboy's field": (request, then) => {
    const form = busboy({ headers: request.headers });
    form.once("field", then);
    request.pipe(form);
  },
};

/** Small enough for one packet with the head, and far too large for that. */
const sizes = { small: 1, large: 600_000 };

function send(browser: Browser, size: number) {
  const body = `--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n${"y".repeat(size)}\r\n--x--\r\n`;
  return browser.post("/", body, {
    headers: { "content-type": "multipart/form-data; boundary=x" },
  });
}

async function countsTo2(listener: RequestListener, size: number): Promise<void> {
  const server = createServer(listener);
  try {
    const browser = new Browser(await listen(server));
    const first = await send(browser, size);
    assert.equal(first.text, "1");
    assert.equal(first.setCookies.length, 1);
    assert.equal((await send(browser, size)).text, "2");
  } finally {
    await stop(server);
  }
}

const lookups = {
  "restore()": async () => await restore(AppState),
  "sessionOf(request)": async (request: IncomingMessage) =>
    await sessionOf(request).restore(AppState),
};

for (const [event, wait] of Object.entries(waits)) {
  for (const [words, size] of Object.entries(sizes)) {
    for (const [how, look] of Object.entries(lookups)) {
      test(`node:http: ${how} works in a listener of ${event}, with a ${words} body`, async () => {
        const persist = persistSession(options);
        await countsTo2((request, response) => {
          persist(request, response, () =>
            wait(request, () => {
              void look(request).then((state) => response.end(String(++state.count)));
            }),
          );
        }, size);
      });

      for (const [name, make] of Object.entries({ "Express 5": express, "Express 4": express4 })) {
        test(`${name}: ${how} works in a handler called from a listener of ${event}, with a ${words} body`, async () => {
          const app = make();
          app.use(expressSession(options));
          app.use(((request, _response, next) => wait(request, () => next())) as RequestHandler);
          app.post("/", async (request, response) => {
            const state = await look(request);
            response.end(String(++state.count));
          });
          await countsTo2(app, size);
        });
      }
    }
  }
}

test("Fastify: restore() works in a content type parser that listens to the request", async () => {
  const app = Fastify({ bodyLimit: 1_000_000 });
  await app.register(fastifySession(options));
  app.addContentTypeParser("multipart/form-data", (_request, payload, done) => {
    payload.resume().on("end", () => {
      void restore(AppState).then((state) => {
        state.count++;
        // oxlint-disable-next-line promise/no-callback-in-promise -- Fastify's way to go on
        return done(null, "read");
      });
    });
  });
  app.post("/", async () => String((await restore(AppState)).count));
  await app.listen({ port: 0, host: "127.0.0.1" });
  try {
    const browser = new Browser(app.listeningOrigin);
    assert.equal((await send(browser, sizes.large)).text, "1");
    assert.equal((await send(browser, sizes.small)).text, "2");
  } finally {
    await app.close();
  }
});

test("two visitors whose requests overlap on their connections are each given their own session in listeners", async () => {
  const persist = persistSession(options);
  const server = createServer((request, response) => {
    persist(request, response, () => {
      request.resume().on("end", () => {
        const { id } = currentSession();
        assert.equal(id, sessionOf(request).id);
        void restore(AppState).then((state) => response.end(String(++state.count)));
      });
    });
  });
  try {
    const url = await listen(server);
    const browsers = Array.from({ length: 8 }, () => new Browser(url));
    for (const expected of ["1", "2", "3"]) {
      const replies = await Promise.all(browsers.map((browser) => send(browser, sizes.large)));
      assert.deepEqual(new Set(replies.map(({ text }) => text)), new Set([expected]));
    }
  } finally {
    await stop(server);
  }
});

for (const event of ["finish", "close"] as const) {
  test(`in a listener of the response's ${event}, after the commit, restore() throws ERR_SCOPE_ENDED and run() works`, async () => {
    const persist = persistSession(options);
    const told: unknown[] = [];
    const done = gate();
    const server = createServer((request, response) => {
      persist(request, response, async () => {
        const state = await restore(AppState);
        if (request.method === "GET") return response.end(String(state.count));
        response.on(event, () => {
          const session = currentSession();
          void restore(AppState)
            .catch((error: unknown) => told.push((error as { code?: unknown }).code))
            .then(() => session.run(async () => void (await restore(AppState)).count++))
            .finally(done.open);
        });
        state.count++;
        return response.end();
      });
    });
    try {
      const browser = new Browser(await listen(server));
      await browser.post("/");
      await done.opened;
      assert.deepEqual(told, ["ERR_SCOPE_ENDED"]);
      assert.equal((await browser.get("/")).text, "2");
    } finally {
      await stop(server);
    }
  });
}

test("once() and removeListener() work on a request as always, and emit() says whether there are listeners", async () => {
  const persist = persistSession(options);
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    persist(request, response, () => {
      const listener = (): void => void seen.push("heard");
      request.once("mine", listener);
      seen.push(request.emit("mine"), request.emit("mine"));
      request.on("mine", listener).off("mine", listener);
      seen.push(request.emit("mine"), request.listeners("mine").length);
      response.end();
    });
  });
  try {
    await new Browser(await listen(server)).get("/");
  } finally {
    await stop(server);
  }
  assert.deepEqual(seen, ["heard", true, false, false, 0]);
});

test("h3 1: the handler of the whole app is wrapped by the adapter of node:http, and sessionOf() works behind fromNodeMiddleware", async () => {
  const persist = persistSession(options);
  const wrapped = createApp();
  wrapped.use(defineEventHandler(async () => String(++(await restore(AppState)).count)));
  const { handler } = wrapped;
  wrapped.handler = Object.assign(
    (event: Parameters<typeof handler>[0]) =>
      new Promise<unknown>((resolve, reject) => {
        const { req, res } = event.node;
        persist(req, res, () => Promise.resolve(handler(event)).then(resolve, reject));
      }),
    handler,
  );
  await countsTo2(toNodeListener(wrapped), sizes.small);

  const app = createApp();
  app.use(fromNodeMiddleware(expressSession(options) as never));
  app.use(
    defineEventHandler(async ({ node }) => {
      const state = await sessionOf(node.req).restore(AppState);
      return String(++state.count);
    }),
  );
  await countsTo2(toNodeListener(app), sizes.small);
});
