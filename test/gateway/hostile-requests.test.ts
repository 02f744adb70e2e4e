import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, before, describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { MAX_HEADER_SIZE } from "../../src/gateway/proxy/server-options.ts";
import { RawClient } from "./proxy-fixture.ts";
import { typescript } from "../support/typescript.ts";

/** What one request may cost the gateway's process at most, in milliseconds of the processor. */
const MAX_COST = 50;
/**
 * The least of this many tries counts: the others may have met the garbage collector, or a cold
 * start.
 */
const TRIES = 6;
/** How long an answer may take on a busy machine, in milliseconds. */
const DEADLINE = 30_000;
/** Room for the lines that are not the hostile one. */
const LENGTH = MAX_HEADER_SIZE - 2048;

/** A gateway whose cost can be asked for, in front of something that answers everything at once. */
class Measured {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #upstream: Server;

  private constructor(port: number, child: ChildProcess, upstream: Server) {
    this.port = port;
    this.#child = child;
    this.#upstream = upstream;
  }

  static async start(trustProxy: string): Promise<Measured> {
    const upstream = createServer(
      { maxHeaderSize: 4 * MAX_HEADER_SIZE, requireHostHeader: false },
      (request, response) => {
        const isAsset = request.url?.startsWith("/static/") === true;
        response.writeHead(200, {
          "content-type": isAsset ? "text/javascript" : "text/html",
          "cache-control": "immutable",
          etag: '"tag"',
          "last-modified": "Tue, 24 Nov 2026 00:00:00 GMT",
        });
        response.end("<html><head></head></html>");
      },
    );
    upstream.maxHeadersCount = 0;
    upstream.on("upgrade", (_, socket: Socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const file = fileURLToPath(new URL("measured-gateway.ts", import.meta.url));
    const child = fork(file, [String((upstream.address() as AddressInfo).port), trustProxy], {
      execArgv: [...typescript],
    });
    const [port] = (await once(child, "message")) as [number];
    return new Measured(port, child, upstream);
  }

  /** What the gateway's process has used of the processor, in milliseconds. */
  async used(): Promise<number> {
    this.#child.send("used");
    const [used] = (await once(this.#child, "message")) as [number];
    return used;
  }

  /** What the request costs, the least of several tries. */
  async cost(t: TestContext, text: string): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TRIES && least > MAX_COST / 4; i++) {
      const start = await this.used();
      const client = new RawClient(t, this.port).send(Buffer.from(text, "latin1"));
      await answered(client);
      assert.match(client.text, /^HTTP\/1\.1 [1-5]\d\d /);
      client.socket.destroy();
      least = Math.min(least, (await this.used()) - start);
    }
    return least;
  }

  async end(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
    this.#upstream.close();
    this.#upstream.closeAllConnections();
  }
}

/** Without looking all the time, which would take the processor away from the gateway. */
async function answered({ socket }: RawClient): Promise<void> {
  const giveUp = AbortSignal.timeout(DEADLINE);
  await new Promise<void>((resolve, reject) => {
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
    giveUp.addEventListener("abort", () => reject(new Error("The gateway gave no answer.")));
  });
}

/**
 * What makes scanners go back and forth: long runs of one character or of a pair, after a beginning
 * that fits.
 */
const PUMPS = [
  "-",
  "a",
  ".",
  "/",
  "%",
  "%2d",
  "%00",
  " ",
  "\t",
  ",",
  ", ",
  ";",
  "; ",
  "=",
  "a=",
  ":",
  "[",
  "1.",
  "1",
  "::",
  "127.0.0.1,",
  "127.0.0.1, ",
  "::1,",
  "gzip,",
  "gzip;",
  "q=",
  "W/",
  '"',
  '"",',
  "<",
  "<head ",
  "&",
  "a&",
  "a=1&",
  "\xe4",
  "*",
  "*,",
  "=.",
  "-.",
  "a.",
  "persist-session.new.a.,",
  "_streamlit_user=a; ",
  "permessage-deflate,",
] as const;

function filled(start: string, pump: string, end = ""): string {
  const room = LENGTH - start.length - end.length;
  return start + pump.repeat(Math.floor(room / pump.length)) + end;
}

const FIRST = "GET / HTTP/1.1";
const HOST = "Host: a";
const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

function request(line: string, ...headers: string[]): string {
  return [line, ...headers, "", ""].join("\r\n");
}

/** Where a browser's own value stands, and how it may begin and end. */
const PATHS: readonly (readonly [string, string])[] = [
  ["/static/", ""],
  ["/static/js/a.", "!.js"],
  ["/static/-", ".js"],
  ["/_persist/", ""],
  ["/a.", "/"],
  ["/?", ""],
  ["/_persist/page.js?", ""],
  ["/%2", ""],
  ["/", "/_stcore/stream"],
];
const HEADERS: readonly (readonly [string, string, string])[] = [
  ["Cookie", "", ""],
  ["Cookie", "persist-session=", ""],
  ["Host", "a", ""],
  ["X-Forwarded-For", "", ""],
  ["X-Forwarded-For", "203.0.113.7,", "127.0.0.1"],
  ["X-Forwarded-Proto", "", ""],
  ["X-Forwarded-Host", "", ""],
  ["Forwarded", "", ""],
  ["Accept", "text/html", ""],
  ["Accept-Encoding", "gzip,", ""],
  ["Accept-Encoding", "", ""],
  ["If-None-Match", "", ""],
  ["If-Modified-Since", "Tue, ", ""],
  ["Range", "bytes=", ""],
  ["Content-Type", "text/html", ""],
  ["Content-Type", "multipart/form-data; boundary=", ""],
  ["Origin", "http://a", ""],
  ["Sec-Fetch-Site", "same-origin", ""],
  ["Sec-Purpose", "", ""],
  ["Connection", "close,", ""],
  ["Trailer", "", ""],
  ["Transfer-Encoding", "chunked,", ""],
  ["Expect", "", ""],
  ["X-User", "", ""],
  ["User-Agent", "", ""],
];
const OF_SOCKETS: readonly (readonly [string, string, string])[] = [
  ["Sec-WebSocket-Protocol", "streamlit,", ""],
  ["Sec-WebSocket-Protocol", "persist-session.new.", ""],
  ["Sec-WebSocket-Extensions", "permessage-deflate;", ""],
  ["Sec-WebSocket-Extensions", "", ""],
  ["Sec-WebSocket-Key", "", ""],
  ["Origin", "http://", ""],
  ["Cookie", "", ""],
];

for (const trustProxy of ["none", "loopback"])
  describe(`a gateway that trusts ${trustProxy}`, () => {
    let gateway: Measured;

    before(async () => {
      gateway = await Measured.start(trustProxy);
    });

    after(async () => {
      await gateway.end();
    });

    async function check(
      t: TestContext,
      requests: Iterable<readonly [string, string]>,
    ): Promise<void> {
      const dear: string[] = [];
      for (const [pump, text] of requests) {
        const cost = await gateway.cost(t, text);
        if (cost > MAX_COST) dear.push(`${JSON.stringify(pump)}: ${Math.round(cost)} ms`);
      }
      assert.deepEqual(dear, []);
    }

    for (const [start, end] of PATHS)
      test(`no path that begins with ${start} and ends with ${end || "nothing special"} holds it`, async (t) => {
        await check(
          t,
          PUMPS.filter((pump) => !/[ \t]/.test(pump)).map((pump) => [
            pump,
            request(
              `GET ${filled(start, pump, end)} HTTP/1.1`,
              HOST,
              "Connection: close",
              "Accept-Encoding: gzip",
            ),
          ]),
        );
      });

    for (const [name, start, end] of HEADERS)
      test(`no ${name} that begins with ${start || "anything"} and ends with ${end || "anything"} holds it`, async (t) => {
        const path =
          name.startsWith("If-") || name === "Accept-Encoding" ? "/static/a.12345678.js" : "/";
        await check(
          t,
          PUMPS.map((pump) => {
            const headers = [`${name}: ${filled(start, pump, end)}`];
            if (name !== "Host") headers.push(HOST);
            if (name !== "Connection") headers.push("Connection: close");
            if (name.startsWith("If-")) headers.push("Accept-Encoding: gzip");
            return [pump, request(`GET ${path} HTTP/1.1`, ...headers)];
          }),
        );
      });

    for (const [name, start, end] of OF_SOCKETS)
      test(`no ${name} of an upgrade that begins with ${start || "anything"} holds it`, async (t) => {
        await check(
          t,
          PUMPS.map((pump) => [
            pump,
            request(
              "GET /_stcore/stream HTTP/1.1",
              HOST,
              ...UPGRADE,
              `${name}: ${filled(start, pump, end)}`,
            ),
          ]),
        );
      });

    test("no number of headers holds it", async (t) => {
      const many = [
        "X: 1",
        "Cookie: a=1",
        "X-Forwarded-For: 127.0.0.1",
        "Host: a",
        "Connection: x",
        "a:",
      ];
      await check(
        t,
        many.map((line) => [
          line,
          request(FIRST, HOST, "Connection: close", filled("", `${line}\r\n`).slice(0, -2)),
        ]),
      );
    });
  });
