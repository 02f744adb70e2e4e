import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { restore } from "../../../src/index.ts";
import { AppState } from "../app-state.ts";
import { type Behaviour, givesNode } from "../behaviour.ts";
import type { Routes } from "../driver.ts";
import { withApp } from "../fixture.ts";

type Writing = (response: ServerResponse) => unknown;

/** A way to answer by Node's response: 201 with the header x-mine and the body "done". */
interface Way {
  readonly what: string;
  readonly write: Writing;
  /** Cookies of the app's own. */
  readonly own?: readonly string[];
  /** The app's own, if it has to stay. */
  readonly cacheControl?: string;
}

const ways: Way[] = [
  {
    what: "writeHead with an object",
    write: (response) => {
      response.writeHead(201, { "X-Mine": "1" });
      response.end("done");
    },
  },
  {
    what: "writeHead with a status message",
    write: (response) => response.writeHead(201, "Made", { "x-mine": "1" }).end("done"),
  },
  {
    what: "writeHead with a flat list",
    write: (response) =>
      response
        .writeHead(201, ["x-mine", "1", "set-cookie", "a=1", "set-cookie", "b=2"])
        .end("done"),
    own: ["a=1", "b=2"],
  },
  {
    what: "writeHead over headers that were set before",
    write: (response) => {
      response.setHeader("x-mine", "0");
      response.setHeader("set-cookie", "a=1");
      response.writeHead(201, { "x-mine": "1", "content-length": 4 });
      response.end("done");
    },
    own: ["a=1"],
  },
  {
    what: "writeHead with cookies and no-store of the app's",
    write: (response) => {
      const cookies = ["a=1", "b=2"];
      response.writeHead(201, {
        "x-mine": "1",
        "set-cookie": cookies,
        "cache-control": "no-store",
      });
      response.end("done");
    },
    own: ["a=1", "b=2"],
    cacheControl: "no-store",
  },
  {
    what: "end with an encoding",
    write: (response) => {
      response.statusCode = 201;
      response.setHeader("x-mine", "1");
      response.end("646f6e65", "hex");
    },
  },
  {
    what: "end with a callback that is waited for",
    write: async (response) => {
      response.writeHead(201, { "x-mine": "1" });
      response.write("do");
      await new Promise<void>((resolve) => response.end("ne", resolve));
    },
  },
  {
    what: "end with nothing but a callback",
    write: async (response) => {
      response.writeHead(201, { "x-mine": "1" });
      response.write("done");
      await new Promise<void>((resolve) => response.end(resolve));
    },
  },
  {
    what: "a write of the known length, whose callback ends",
    write: async (response) => {
      response.writeHead(201, { "x-mine": "1", "content-length": "4" });
      await new Promise<void>((resolve) => {
        response.write("done", () => response.end(resolve));
      });
    },
  },
  {
    what: "a stream that is piped",
    write: (response) => {
      response.writeHead(201, { "x-mine": "1" });
      Readable.from(["do", "ne"]).pipe(response);
    },
  },
  {
    what: "a pipeline of known length",
    write: async (response) => {
      response.writeHead(201, { "x-mine": "1", "content-length": 4 });
      await pipeline(Readable.from(["do", "ne"]), response);
    },
  },
  {
    what: "headers that leave first",
    write: (response) => {
      response.writeHead(201, { "x-mine": "1" });
      response.flushHeaders();
      response.end("done");
    },
  },
  {
    what: "end twice",
    write: (response) => {
      response.writeHead(201, { "x-mine": "1" });
      response.end("done");
      response.end("more");
    },
  },
];

function routeOf(write: Writing): Routes {
  return {
    "/change": async ({ node }) => {
      (await restore(AppState)).count++;
      await write(node().response);
      return { taken: true };
    },
  };
}

export const heads: Behaviour[] = [
  ...ways.map(({ what, write, own = [], cacheControl = "private, no-cache" }): Behaviour => ({
    name: `promise 1 (Reload): the commit is done before the end of an answer by ${what}`,
    on: givesNode,
    run: async (driver) =>
      await withApp(driver, routeOf(write), async ({ browser, store }) => {
        const visitor = browser();
        const events: string[] = [];
        const hold = store.hold();
        const reply = visitor.get("/change").then((arrived) => {
          events.push("arrived");
          return arrived;
        });
        await hold.reached;
        await browser().get("/nothing");
        events.push("released");
        hold.release();
        const { status, headers, setCookies, text } = await reply;
        assert.deepEqual(events, ["released", "arrived"]);
        assert.deepEqual([status, headers["x-mine"], text], [201, "1", "done"]);
        assert.equal(headers["cache-control"], cacheControl);
        const ours = setCookies.filter((line) => line.startsWith("persist-session="));
        assert.equal(ours.length, 1);
        assert.deepEqual(
          setCookies.filter((line) => !ours.includes(line)),
          own,
        );
        assert.match((await visitor.get("/read")).text, /"count":1/);
      }),
  })),
  {
    name: "after an answer was given, the response refuses headers and says that they are sent",
    on: givesNode,
    run: async (driver) => {
      const seen: unknown[] = [];
      const routes = routeOf((response) => {
        seen.push(response.headersSent, response.writableEnded);
        response.setHeader("content-length", "4");
        response.end("done");
        seen.push(response.headersSent, response.writableEnded);
        for (const change of [
          () => response.setHeader("content-length", "9"),
          () => response.appendHeader("x-late", "1"),
          () => response.removeHeader("content-length"),
          () => response.writeHead(500),
        ]) {
          assert.throws(change, { code: "ERR_HTTP_HEADERS_SENT" });
        }
      });
      await withApp(driver, routes, async ({ browser, reported, caught }) => {
        const { status, text } = await browser().get("/change");
        assert.deepEqual([status, text], [200, "done"]);
        assert.deepEqual([reported, caught], [[], []]);
      });
      assert.deepEqual(seen, [false, false, true, true]);
    },
  },
  {
    name: "what cannot be a body throws at once, as Node does, and the request goes on",
    on: givesNode,
    run: async (driver) => {
      const routes = routeOf((response) => {
        assert.throws(() => response.end({ not: "a body" }), { code: "ERR_INVALID_ARG_TYPE" });
        response.end("done");
      });
      await withApp(driver, routes, async ({ browser }) => {
        const visitor = browser();
        assert.equal((await visitor.get("/change")).text, "done");
        assert.match((await visitor.get("/read")).text, /"count":1/);
      });
    },
  },
];
