import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { MAX_HEADER_SIZE } from "../../src/gateway/proxy/server-options.ts";
import { until } from "../support/until.ts";
import { type Gateway, RawClient, startProxy, startUpstream } from "./proxy-fixture.ts";
import { withRig } from "./raw.ts";

const START = "GET /x HTTP/1.1\r\nHost: a\r\n";

async function front(t: TestContext, rest?: number): Promise<Gateway & { heard: string[] }> {
  const heard: string[] = [];
  const upstream = await startUpstream(t, (request, response) => {
    heard.push(request.url ?? "");
    response.write("half");
  });
  const options = rest === undefined ? {} : { times: { rest } };
  return { ...(await startProxy(t, upstream.port, options)), heard };
}

describe("a request that Node cannot read", () => {
  // So much that most of it is still unread if the answer is given.
  const long = `${START}X: ${"a".repeat(32 * MAX_HEADER_SIZE)}\r\n\r\n`;
  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      "more headers than are taken",
      long,
      /^HTTP\/1\.1 431 [^]*Send fewer cookies and headers\.\n$/,
    ],
    [
      "more headers than are taken, and a request behind them",
      `${long}GET /y HTTP/1.1\r\nHost: a\r\n\r\n`,
      /^HTTP\/1\.1 431 [^]*Send fewer cookies and headers\.\n$/,
    ],
    ["what is no HTTP", "\u0016\u0003".repeat(2 ** 20), /^HTTP\/1\.1 400 [^]*is wrong\.\n$/],
    ["a header without a name", `${START}: 1\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ];
  for (const [what, text, answer] of refused)
    test(`is answered, and the client sees it: ${what}`, async (t) => {
      const { port, heard } = await front(t);
      // A connection that is reset loses its answer in most of these.
      for (let i = 0; i < 10; i++) {
        const client = new RawClient(t, port).send(text);
        await until("it is answered", () => client.ended || client.closed);
        assert.match(client.text, answer);
        assert.match(client.text, /\r\nConnection: close\r\n/);
        assert.equal(client.text.split("HTTP/1.1").length, 2);
        client.socket.destroy();
      }
      assert.deepEqual(heard, []);
    });

  test("is cut off if the client goes on and on", async (t) => {
    const { port } = await front(t, 100);
    const client = new RawClient(t, port).send(long);
    await until("it is cut off", () => {
      client.send("a");
      return client.closed;
    });
  });

  test("ends the connection without an answer of its own in the middle of another", async (t) => {
    const { port, heard } = await front(t);
    const client = new RawClient(t, port).send(`${START}\r\n`);
    await until("half of the answer is there", () => client.text.includes("half"));
    client.send("no HTTP\r\n\r\n");
    await until("it is cut off", () => client.ended || client.closed);
    assert.equal(client.text.split("HTTP/1.1").length, 2);
    assert.deepEqual(heard, ["/x"]);
  });

  test("is answered by createGateway(), too", async (t) => {
    await withRig(async ({ url }) => {
      const client = new RawClient(t, Number(new URL(url).port)).send(long);
      await until("it is answered", () => client.ended || client.closed);
      assert.match(client.text, /^HTTP\/1\.1 431 /);
    });
  });
});
