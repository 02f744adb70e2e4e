import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { until } from "../support/until.ts";
import { type Gateway, listening, RawClient, startProxy } from "./proxy-fixture.ts";

interface Front {
  readonly gateway: Gateway;
  /** The first lines of what reached Streamlit. */
  readonly heard: string[];
}

/** A proxy in front of something that answers everything, upgrades too. */
async function front(t: TestContext): Promise<Front> {
  const heard: string[] = [];
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    heard.push(`${request.method} ${request.url}`);
    request.resume().once("end", () => response.end("streamlit"));
  });
  server.on("upgrade", ({ url }, socket: Socket) => {
    heard.push(`upgrade ${url}`);
    socket.on("error", () => {});
    socket.resume();
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
  });
  const upstream = await listening(t, server);
  return { gateway: await startProxy(t, upstream.port), heard };
}

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];
const CHUNKS = "4\r\nbody\r\n0\r\n\r\n";
/** What would be a request of its own, to a server that takes it for one. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/** The first line, the headers, the body. */
const REFUSED: readonly (readonly [string, string, readonly string[], string?])[] = [
  ["two Hosts", "GET /x HTTP/1.1", ["Host: a", "Host: b"]],
  ["the same Host twice", "GET /x HTTP/1.1", ["Host: a", "Host: a"]],
  ["no Host", "GET /x HTTP/1.1", []],
  ["an empty Host", "GET /x HTTP/1.1", ["Host: "]],
  ["a Host with a path", "GET /x HTTP/1.1", ["Host: a/b"]],
  ["a Host with a user", "GET /x HTTP/1.1", ["Host: user@a"]],
  ["a Host of two words", "GET /x HTTP/1.1", ["Host: a b"]],
  ["a Host that is a list", "GET /x HTTP/1.1", ["Host: a, b"]],
  ["a Host with a port above 65535", "GET /x HTTP/1.1", ["Host: a:65536"]],
  ["a Host with a word as its port", "GET /x HTTP/1.1", ["Host: a:http"]],
  ["a Host with half an address", "GET /x HTTP/1.1", ["Host: [::1"]],
  ["a Host with letters beyond ASCII", "GET /x HTTP/1.1", ["Host: \u00e4.example"]],
  ["HTTP/0.9", "GET /x HTTP/0.9", ["Host: a"]],
  ["HTTP/0.9 as it was written then", "GET /x", []],
  ["HTTP/2.0 in the form of HTTP/1", "GET /x HTTP/2.0", ["Host: a"]],
  ["HTTP/1.2", "GET /x HTTP/1.2", ["Host: a"]],
  ["two Hosts in HTTP/1.0", "GET /x HTTP/1.0", ["Host: a", "Host: b"]],
  ["chunks in HTTP/1.0", "POST /x HTTP/1.0", ["Host: a", "Transfer-Encoding: chunked"], CHUNKS],
  ["gzip, chunked", "POST /x HTTP/1.1", ["Host: a", "Transfer-Encoding: gzip, chunked"], CHUNKS],
  [
    "gzip and chunked in two lines",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
    CHUNKS,
  ],
  [
    "chunked, chunked",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: chunked, chunked"],
    CHUNKS,
  ],
  [
    "chunked twice",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    CHUNKS,
  ],
  [
    "chunked, identity",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: chunked, identity"],
    CHUNKS,
  ],
  ["identity", "POST /x HTTP/1.1", ["Host: a", "Transfer-Encoding: identity"], CHUNKS],
  ["an empty Transfer-Encoding", "POST /x HTTP/1.1", ["Host: a", "Transfer-Encoding: "], CHUNKS],
  [
    "a coding that looks like chunked",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: xchunked"],
    CHUNKS,
  ],
  [
    "a length and chunks",
    "POST /x HTTP/1.1",
    ["Host: a", "Content-Length: 4", "Transfer-Encoding: chunked"],
    CHUNKS,
  ],
  [
    "chunks and a length",
    "POST /x HTTP/1.1",
    ["Host: a", "Transfer-Encoding: chunked", "Content-Length: 4"],
    CHUNKS,
  ],
  [
    "two lengths",
    "POST /x HTTP/1.1",
    ["Host: a", "Content-Length: 4", "Content-Length: 5"],
    "body5",
  ],
  [
    "one length twice",
    "POST /x HTTP/1.1",
    ["Host: a", "Content-Length: 4", "Content-Length: 4"],
    "body",
  ],
  ["a list of lengths", "POST /x HTTP/1.1", ["Host: a", "Content-Length: 4, 4"], "body"],
  ["a length with a sign", "POST /x HTTP/1.1", ["Host: a", "Content-Length: +4"], "body"],
  ["a space before a colon", "GET /x HTTP/1.1", ["Host : a"]],
  ["a header over two lines", "GET /x HTTP/1.1", ["Host: a", "X-Y: 1", " 2"]],
  ["an address of another host", "GET http://b/x HTTP/1.1", ["Host: a"]],
  ["an address with a user", "GET http://b@a/x HTTP/1.1", ["Host: a"]],
  ["an address of another kind", "GET ftp://a/x HTTP/1.1", ["Host: a"]],
  ["an asterisk in place of a path", "GET * HTTP/1.1", ["Host: a"]],
  ["a path without a slash", "GET x HTTP/1.1", ["Host: a"]],
];

/** The status and the headers of the first answer. */
function headOf(text: string): string {
  return text.slice(0, text.indexOf("\r\n\r\n"));
}

describe("a request that servers read in several ways", () => {
  for (const [what, line, headers, body = ""] of REFUSED)
    for (const kind of ["request", "upgrade", "request that waits for leave"]) {
      // An upgrade has no older form.
      if (kind !== "request" && !line.includes("HTTP/")) continue;
      test(`proxy refuses ${what} in a ${kind}, and all that follows it`, async (t) => {
        const { gateway, heard } = await front(t);
        const added =
          kind === "upgrade" ? UPGRADE : kind === "request" ? [] : ["Expect: 100-continue"];
        const text = `${[line, ...headers, ...added].join("\r\n")}\r\n\r\n${body}${SMUGGLED}`;
        const client = new RawClient(t, gateway.port).send(Buffer.from(text, "latin1"));
        await until("the connection is closed", () => client.ended || client.closed);
        assert.match(headOf(client.text), /^HTTP\/1\.1 400 [^]*\r\nconnection: close$/im);
        assert.equal(client.text.split("HTTP/1.1 ").length, 2, "there is one answer");
        assert.deepEqual(heard, []);
        assert.deepEqual(gateway.log, []);
        client.socket.end();
        await until("the socket is freed", () => gateway.sockets.size === 0);
      });
    }

  test("proxy refuses an upgrade with a body", async (t) => {
    for (const headers of [["Content-Length: 4"], ["Transfer-Encoding: chunked"]]) {
      const { gateway, heard } = await front(t);
      const text = [
        "GET /x HTTP/1.1",
        "Host: a",
        ...UPGRADE,
        ...headers,
        "",
        `${CHUNKS}${SMUGGLED}`,
      ];
      const client = new RawClient(t, gateway.port).send(text.join("\r\n"));
      await until("the connection is closed", () => client.ended);
      assert.match(headOf(client.text), /^HTTP\/1\.1 400 [^]*\r\nconnection: close$/im);
      assert.deepEqual(heard, []);
    }
  });

  test("proxy refuses more than 1000 headers: Node would drop some silently", async (t) => {
    const { gateway, heard } = await front(t);
    const asked = (count: number): RawClient =>
      new RawClient(t, gateway.port).send(
        `GET /x HTTP/1.1\r\nHost: a\r\n${"X: 1\r\n".repeat(count - 1)}\r\n`,
      );
    const many = asked(1001);
    await until("the connection is closed", () => many.ended);
    assert.match(many.text, /^HTTP\/1\.1 431 /);
    assert.deepEqual(heard, []);
    const fewer = asked(1000);
    await until("it is answered", () => fewer.text.endsWith("streamlit"));
  });
});

describe("a request that every server reads the same way", () => {
  const taken: readonly (readonly [string, string, readonly string[], string?])[] = [
    ["HTTP/1.0 without a Host", "GET /x HTTP/1.0", []],
    ["a name with a port", "GET /x HTTP/1.1", ["Host: app.example:8501"]],
    ["an IPv6 address", "GET /x HTTP/1.1", ["Host: [2001:db8::1]:8501"]],
    ["an IPv6 address without a port", "GET /x HTTP/1.1", ["Host: [::1]"]],
    ["an underscore and a last dot", "GET /x HTTP/1.1", ["Host: my_app.example."]],
    ["the whole address", "GET HTTP://A:80/x HTTP/1.1", ["Host: a:80"]],
    ["chunks", "POST /x HTTP/1.1", ["Host: a", "Transfer-Encoding: Chunked"], CHUNKS],
    ["a length", "POST /x HTTP/1.1", ["Host: a", "Content-Length: 4"], "body"],
  ];
  for (const [what, line, headers, body = ""] of taken)
    test(`proxy passes ${what} on`, async (t) => {
      const { gateway, heard } = await front(t);
      const client = new RawClient(t, gateway.port).send(
        `${[line, ...headers].join("\r\n")}\r\n\r\n${body}`,
      );
      await until("it is answered", () => client.text.includes("streamlit"));
      assert.match(client.text, /^HTTP\/1\.1 200 /);
      assert.deepEqual(heard, [`${line.split(" ")[0]} /x`]);
    });

  test("proxy passes OPTIONS * on", async (t) => {
    const { gateway, heard } = await front(t);
    const client = new RawClient(t, gateway.port).send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    await until("it is answered", () => client.text.includes("streamlit"));
    assert.deepEqual(heard, ["OPTIONS *"]);
  });
});

describe("an upgrade behind a request that is not answered yet", () => {
  for (const [what, lines] of [
    ["a WebSocket", ["GET /x HTTP/1.1", "Host: a", ...UPGRADE]],
    ["h2c", ["GET /x HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: h2c"]],
    ["one that is refused", ["GET /x HTTP/1.1", ...UPGRADE]],
  ] as const)
    test(`proxy survives ${what}`, async (t) => {
      const { gateway } = await front(t);
      const text = `GET /first HTTP/1.1\r\nHost: a\r\n\r\n${lines.join("\r\n")}\r\n\r\n`;
      const client = new RawClient(t, gateway.port).send(text);
      await until("something has come back, or the end", () => client.text !== "" || client.ended);
      client.socket.destroy();
      await until("the socket is freed", () => gateway.sockets.size === 0);
      assert.deepEqual(gateway.log, []);
    });
});
