import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { freePort } from "../support/free-port.ts";
import { HealthPoll } from "../../src/cli/run/health.ts";
import { tellOfLongWait } from "../../src/cli/run/long-wait.ts";
import { until } from "../support/until.ts";

async function listening(t: TestContext, handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

describe("a start that takes long", () => {
  test("says where it asks and what it was answered last, again and again, at growing intervals", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const said: string[] = [];
    const end = tellOfLongWait(
      (line) => said.push(line),
      () => "x.",
    );
    const at: number[] = [];
    for (let second = 1; second <= 300; second++) {
      const before = said.length;
      t.mock.timers.tick(1000);
      if (said.length > before) at.push(second);
    }
    end();
    t.mock.timers.tick(1_000_000);
    assert.deepEqual(at, [30, 60, 120, 240]);
    assert.equal(said[0], "Streamlit is not ready after 30 s: x.");
    assert.equal(said.at(-1), "Streamlit is not ready after 240 s: x.");
  });

  test("is over when the address answers 200", async (t) => {
    let status = 404;
    const port = await listening(t, (_, response) => {
      response
        .writeHead(status, { "content-type": "application/json", server: "uvicorn" })
        .end("{}");
    });
    const poll = new HealthPoll(port, "/dash/_stcore/health");
    const ready = poll.untilReady(new AbortController().signal);
    await until("it was answered", () => poll.last !== "no answer yet");
    assert.equal(poll.url, `http://127.0.0.1:${port}/dash/_stcore/health`);
    assert.equal(poll.last, "404 Not Found, application/json, from uvicorn");
    status = 200;
    await ready;
  });

  test("names a port that is closed, and ends with its signal", async () => {
    const poll = new HealthPoll(await freePort(), "/");
    const stopping = new AbortController();
    const ended = assert.rejects(poll.untilReady(stopping.signal), { name: "AbortError" });
    await until("it has asked", () => poll.last !== "no answer yet");
    assert.equal(poll.last, "none, the port is closed");
    stopping.abort();
    await ended;
  });
});
