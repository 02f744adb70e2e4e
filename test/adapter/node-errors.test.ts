import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { test } from "node:test";
import { persistSession } from "../../src/adapter/http.ts";
import { restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

/**
 * What a handler may get wrong. Each is done to a plain response of Node first, which says what is
 * right.
 */
const misuses: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  "writeHead()": (response) => call(response, "writeHead"),
  "writeHead(0)": (response) => response.writeHead(0),
  "writeHead(99)": (response) => response.writeHead(99),
  "writeHead(1000)": (response) => response.writeHead(1000),
  'writeHead("abc")': (response) => call(response, "writeHead", "abc"),
  "writeHead(null)": (response) => call(response, "writeHead", null),
  "writeHead(NaN)": (response) => response.writeHead(Number.NaN),
  "writeHead with a line break in its message": (response) => response.writeHead(200, "a\nb"),
  "writeHead with a header of undefined": (response) =>
    call(response, "writeHead", 200, { "x-a": undefined }),
  "writeHead with a header that has no name": (response) => response.writeHead(200, { "a b": "1" }),
  "writeHead with a line break in a header": (response) =>
    response.writeHead(200, { "x-a": "a\r\nb: 1" }),
  "writeHead with a list of odd length": (response) => response.writeHead(200, ["x-a", "1", "x-b"]),
  "end with a status of 0": (response) => {
    response.statusCode = 0;
    response.end("a");
  },
  "end with a status that is no number": (response) => {
    Object.assign(response, { statusCode: "abc" });
    response.end();
  },
  "end with a line break in the status message": (response) => {
    response.statusMessage = "a\r\nb";
    response.end("a");
  },
  "write with a status of 0": (response) => {
    response.statusCode = 0;
    response.write("a");
  },
  "flushHeaders with a status of 0": (response) => {
    response.statusCode = 0;
    response.flushHeaders();
  },
  "write(null)": (response) => response.write(null),
  "write(undefined)": (response) => response.write(undefined),
  "write(1)": (response) => response.write(1),
  "write({})": (response) => response.write({}),
  "write with an unknown encoding": (response) => call(response, "write", "a", "latin-nine"),
  "end(1)": (response) => response.end(1),
  "end({})": (response) => response.end({}),
  "end with an unknown encoding": (response) => call(response, "end", "a", "latin-nine"),
};

function call(response: ServerResponse, method: "writeHead" | "write" | "end", ...args: unknown[]) {
  return Reflect.apply(response[method], response, args) as unknown;
}

interface Thrown {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

function thrownBy(work: () => unknown): Thrown | "nothing" {
  try {
    work();
    return "nothing";
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return { name, code, message };
  }
}

/**
 * What the misuse throws, tried on a server of Node alone, or on one with sessions whose handler
 * has changed a state.
 */
async function outcome(
  misuse: (response: ServerResponse) => unknown,
  ours: boolean,
): Promise<Thrown | "nothing"> {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  let thrown: Thrown | "nothing" = "nothing";
  const handler = async (response: ServerResponse): Promise<void> => {
    if (ours) (await restore(AppState)).count++;
    thrown = thrownBy(() => misuse(response));
    response.destroy();
  };
  const server = createServer((request, response) => {
    if (ours) persist(request, response, async () => await handler(response));
    else void handler(response);
  });
  const url = await listen(server);
  try {
    await new Browser(url).get("/").catch(() => undefined);
  } finally {
    await stop(server);
    await persist.sessions.close();
  }
  return thrown;
}

for (const [name, misuse] of Object.entries(misuses)) {
  test(`${name} throws to its caller what Node throws`, async () => {
    const expected = await outcome(misuse, false);
    assert.notEqual(expected, "nothing");
    assert.deepEqual(await outcome(misuse, true), expected);
  });
}

test("after a writeHead() that threw, the handler answers otherwise, with its change stored and its cookie set", async () => {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server = createServer((request, response) =>
    persist(request, response, async () => {
      const state = await restore(AppState);
      state.count++;
      assert.throws(() => response.writeHead(0), RangeError);
      assert.throws(() => response.end({}), TypeError);
      response.writeHead(201, { "x-mine": "1" }).end(String(state.count));
    }),
  );
  const browser = new Browser(await listen(server));
  try {
    const { status, headers, setCookies, text } = await browser.get("/");
    assert.deepEqual([status, headers["x-mine"], setCookies.length, text], [201, "1", 1, "1"]);
    assert.equal((await browser.get("/")).text, "2");
  } finally {
    await stop(server);
  }
});

for (const nothing of [0, false, "", null, undefined]) {
  test(`end(${nothing === "" ? '""' : String(nothing)}), which is no body to Node, waits for the commit too`, async () => {
    const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
    const server = createServer((request, response) =>
      persist(request, response, async () => {
        (await restore(AppState)).count++;
        response.end(nothing);
      }),
    );
    const browser = new Browser(await listen(server));
    try {
      const { status, setCookies, text } = await browser.get("/");
      assert.deepEqual([status, setCookies.length, text], [200, 1, ""]);
    } finally {
      await stop(server);
    }
  });
}

test("what is assigned to the status after the answer was given changes nothing, as with Node", async () => {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server = createServer((request, response) =>
    persist(request, response, async () => {
      (await restore(AppState)).count++;
      response.statusCode = 201;
      response.end("made");
      response.statusCode = 0;
    }),
  );
  try {
    const { status, text } = await new Browser(await listen(server)).get("/");
    assert.deepEqual([status, text], [201, "made"]);
  } finally {
    await stop(server);
  }
});

test("a write after the end is told by its callback and the event, and the answer is as it was", async () => {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const told: (string | undefined)[] = [];
  const tell = (error?: Error | null): void =>
    void told.push((error as NodeJS.ErrnoException | undefined)?.code);
  const server = createServer((request, response) =>
    persist(request, response, async () => {
      (await restore(AppState)).count++;
      response.end("done");
      response.write("more");
      response.on("error", tell);
      response.write("more", tell);
      response.end("more", tell);
    }),
  );
  try {
    assert.equal((await new Browser(await listen(server)).get("/")).text, "done");
  } finally {
    await stop(server);
  }
  assert.deepEqual(new Set(told), new Set(["ERR_STREAM_WRITE_AFTER_END"]));
  assert.ok(told.length >= 4);
});
