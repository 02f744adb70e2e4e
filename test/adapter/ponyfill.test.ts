import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import { withSession } from "../../src/adapter/hono.ts";
import { restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { stop } from "../support/listen.ts";

// The classes that GraphQL Yoga and all that stands on @whatwg-node/server answer with on Node: not
// those of this runtime. Not by an import: its types would bring the DOM's into the whole project.
const require = createRequire(import.meta.url);
const { createFetch } = require("@whatwg-node/fetch") as {
  createFetch: (options: {
    skipPonyfill: boolean;
  }) => Pick<typeof globalThis, "Response" | "ReadableStream">;
};
const ponyfill = createFetch({ skipPonyfill: false });

type Answer = () => Response;

const answers: Readonly<Record<string, { make: Answer; status: number; text: string }>> = {
  "a text": {
    make: () => new ponyfill.Response("hello", { status: 201, headers: { "x-mine": "1" } }),
    status: 201,
    text: "hello",
  },
  "a stream": {
    make: () =>
      new ponyfill.Response(
        new ponyfill.ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("he"));
            setTimeout(() => {
              controller.enqueue(new TextEncoder().encode("llo"));
              controller.close();
            }, 5);
          },
        }),
        { headers: { "x-mine": "1" } },
      ),
    status: 200,
    text: "hello",
  },
  "no body": {
    make: () => new ponyfill.Response(null, { status: 204, headers: { "x-mine": "1" } }),
    status: 204,
    text: "",
  },
  "a redirect": {
    make: () =>
      new ponyfill.Response(null, { status: 302, headers: { location: "/", "x-mine": "1" } }),
    status: 302,
    text: "",
  },
};

test("the ponyfill's Response is a class of its own, so that these tests can fail", () => {
  assert.notEqual(ponyfill.Response, Response);
});

for (const [what, { make, status, text }] of Object.entries(answers)) {
  for (const method of ["POST", "HEAD"]) {
    test(`withSession: ${what} of a ponyfill's Response keeps its status, headers, cookies and body (${method})`, async () => {
      const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;
      const handler = withSession(async () => {
        (await restore(AppState)).count++;
        const response = make();
        response.headers.append("set-cookie", "a=1");
        response.headers.append("set-cookie", "b=2");
        return response;
      }, options);
      const response = await handler(new Request("http://localhost/", { method }));
      assert.equal(response.status, status);
      assert.equal(response.headers.get("x-mine"), "1");
      const cookies = response.headers.getSetCookie();
      assert.deepEqual(cookies.slice(0, 2), ["a=1", "b=2"]);
      assert.match(cookies[2] ?? "", /^persist-session=/);
      assert.equal(await response.text(), method === "HEAD" ? "" : text);
      await handler.sessions.close();
    });
  }
}

test("withSession: a ponyfill's Response under @hono/node-server, which puts a Response of its own in the global's place", async () => {
  const handler = withSession(
    async () => {
      (await restore(AppState)).count++;
      return new ponyfill.Response("hello", { status: 201, headers: { "x-mine": "1" } });
    },
    { store: "memory:", secret: SECRET, sweepInterval: false },
  );
  const server = serve({ fetch: handler, port: 0, hostname: "127.0.0.1" }) as Server;
  try {
    if (!server.listening) await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { status, headers, setCookies, text } = await new Browser(`http://127.0.0.1:${port}`).get(
      "/",
    );
    assert.deepEqual([status, headers["x-mine"], setCookies.length, text], [201, "1", 1, "hello"]);
  } finally {
    await stop(server);
  }
});
