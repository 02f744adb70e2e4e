import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { describe, test, type TestContext } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { AssetShelf, type PlainAsset } from "../../src/gateway/proxy/asset-shelf.ts";
import { isHashedText } from "../../src/gateway/proxy/assets.ts";
import type { ProxyOptions } from "../../src/gateway/proxy/proxy.ts";
import { until } from "../support/until.ts";
import { ask, startProxy, startUpstream, type Reply } from "./proxy-fixture.ts";

const PATH = "/static/js/index.DormvYxC.js";
const TEXT = "export const answer = 42;\n".repeat(2_000);
const MODIFIED = "Tue, 24 Nov 2026 00:00:00 GMT";

interface Assets {
  /** Paths that Streamlit was asked for. */
  readonly asked: string[];
  readonly get: (path?: string, headers?: OutgoingHttpHeaders, method?: string) => Promise<Reply>;
  readonly warm: () => Promise<void>;
}

interface Served {
  text: string;
}

async function assets(
  t: TestContext,
  headers: OutgoingHttpHeaders = {},
  options: Partial<ProxyOptions> = {},
  status = 200,
  served: Served = { text: TEXT },
): Promise<Assets> {
  const asked: string[] = [];
  const upstream = await startUpstream(t, (request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/") {
      response.setHeader("content-type", "text/html");
      response.end(`<script src=".${PATH}"></script><link href="./static/media/a.Dorm1234.woff2">`);
      return;
    }
    const all = {
      "content-type": "application/javascript",
      "cache-control": "public, immutable, max-age=31536000",
      etag: '"tag"',
      "last-modified": MODIFIED,
      "accept-ranges": "bytes",
      ...headers,
    };
    if (request.headers.range !== undefined) response.writeHead(206, all).end("part");
    else response.writeHead(status, all).end(served.text);
  });
  const { port, proxy } = await startProxy(t, upstream.port, options);
  return {
    asked,
    warm: () => proxy.warm(),
    get: (path = PATH, headers = {}, method = "GET") => ask(port, { path, headers, method }),
  };
}

const GZIP = { "accept-encoding": "gzip" };
const BOTH = { "accept-encoding": "gzip, deflate, br" };

describe("immutable assets", () => {
  test("are sent compressed, with Streamlit's validators, and asked for once", async (t) => {
    const { asked, get } = await assets(t);
    const [reply] = await Promise.all([get(PATH, GZIP), get(PATH, GZIP), get(PATH, BOTH)]);
    assert.deepEqual(asked, [PATH]);
    const { headers, body } = reply;
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(headers["content-length"], String(body.length));
    assert.equal(headers["cache-control"], "public, immutable, max-age=31536000");
    assert.equal(headers["content-type"], "application/javascript");
    assert.equal(headers["last-modified"], MODIFIED);
    assert.equal(headers.etag, 'W/"tag"');
    assert.equal(headers.vary, "Accept-Encoding");
    assert.equal(headers["accept-ranges"], undefined);
    assert.equal(gunzipSync(body).toString(), TEXT);
  });

  test("are sent with brotli once that is made", async (t) => {
    const { asked, get } = await assets(t);
    let reply = await get(PATH, BOTH);
    await until("brotli is made", async () => {
      reply = await get(PATH, BOTH);
      return reply.headers["content-encoding"] === "br";
    });
    assert.equal(brotliDecompressSync(reply.body).toString(), TEXT);
    assert.equal((await get(PATH, GZIP)).headers["content-encoding"], "gzip");
    assert.deepEqual(asked, [PATH]);
  });

  test("are not sent again to a client that has them", async (t) => {
    const { get } = await assets(t);
    for (const condition of [
      { "if-none-match": '"tag"' },
      { "if-none-match": '"other", W/"tag"' },
      { "if-none-match": "*" },
      { "if-modified-since": MODIFIED },
    ]) {
      const { status, headers, body } = await get(PATH, { ...GZIP, ...condition });
      assert.equal(status, 304, JSON.stringify(condition));
      assert.equal(headers.etag, 'W/"tag"');
      assert.equal(headers["content-encoding"], undefined);
      assert.equal(body.length, 0);
    }
    const other = { "if-none-match": '"other"', "if-modified-since": MODIFIED };
    assert.equal((await get(PATH, { ...GZIP, ...other })).status, 200);
  });

  const others: [string, string, OutgoingHttpHeaders, string?][] = [
    ["a range", PATH, { ...GZIP, range: "bytes=0-3" }],
    ["a client that takes no gzip", PATH, {}],
    ["a name without a hash", "/static/js/index.js", GZIP],
    ["an ending that is compressed already", "/static/media/a.DormvYxC.woff2", GZIP],
    ["the app's own files", "/app/static/js/index.DormvYxC.js", GZIP],
    ["a query", `${PATH}?x`, GZIP],
    ["an escape in the path", PATH.replace("i", "%69"), GZIP],
    ["an escape of a slash", PATH.replace("/js/", "%2fjs%2F"), GZIP],
    ["a path through the same folder", PATH.replace("/js/", "/./js/"), GZIP],
    ["a path through another folder", PATH.replace("/js/", "/x/../js/"), GZIP],
    ["a doubled slash", PATH.replace("/js/", "//js/"), GZIP],
    ["a name that is longer than any", `/static/${"a-".repeat(600)}12345678.js`, GZIP],
    ["HEAD", PATH, GZIP, "HEAD"],
  ];
  for (const [what, path, headers, method] of others)
    test(`are left to Streamlit in the case of ${what}`, async (t) => {
      const { asked, get } = await assets(t);
      for (let i = 0; i < 2; i++) {
        const reply = await get(path, headers, method);
        assert.equal(reply.headers.etag, '"tag"');
        assert.equal(reply.headers["content-encoding"], undefined);
        assert.equal(reply.status, headers["range"] === undefined ? 200 : 206);
      }
      assert.deepEqual(asked, [path, path]);
    });

  const unkept: [string, OutgoingHttpHeaders, number?][] = [
    ["no-cache", { "cache-control": "no-cache" }],
    ["private", { "cache-control": "private, immutable" }],
    ["a cookie", { "set-cookie": "a=1" }],
    ["a page in its place", { "content-type": "text/html" }],
    ["another form for each login", { vary: "Accept-Encoding, Cookie" }],
    ["another form for each login, in two lines", { vary: ["Accept-Encoding", "Cookie"] as never }],
    ["a form that cannot be foreseen", { vary: "*" }],
    ["404", {}, 404],
  ];
  for (const [what, headers, status] of unkept)
    test(`are not kept when Streamlit's answer has ${what}`, async (t) => {
      const { get } = await assets(t, headers, {}, status);
      const reply = await get(PATH, GZIP);
      assert.equal(reply.status, status ?? 200);
      assert.equal(reply.headers["content-encoding"], undefined);
      assert.equal(reply.body.toString(), TEXT);
    });

  test("are asked for again when Streamlit starts anew", async (t) => {
    let start = "1";
    const served: Served = { text: TEXT };
    const { asked, get } = await assets(t, {}, { streamlitStart: () => start }, 200, served);
    await get(PATH, GZIP);
    await get(PATH, GZIP);
    assert.equal(asked.length, 1);
    start = "2";
    served.text = "export const answer = 43;";
    assert.equal(gunzipSync((await get(PATH, GZIP)).body).toString(), served.text);
    assert.equal(asked.length, 2);
  });

  test("are not compressed again when Streamlit starts anew and gives the same ones", async (t) => {
    let start = "1";
    const { asked, get } = await assets(t, {}, { streamlitStart: () => start });
    await until("brotli is made", async () => {
      return (await get(PATH, BOTH)).headers["content-encoding"] === "br";
    });
    start = "2";
    const reply = await get(PATH, BOTH);
    assert.equal(asked.length, 2);
    assert.equal(reply.headers["content-encoding"], "br");
    assert.equal(brotliDecompressSync(reply.body).toString(), TEXT);
  });

  test("warm() gets what the first page asks for", async (t) => {
    const { asked, get, warm } = await assets(t);
    await warm();
    assert.deepEqual(asked, ["/", PATH]);
    // The bytes are asked for once more for the visitor's Host, however often they are read.
    await until("brotli is made", async () => {
      return (await get(PATH, BOTH)).headers["content-encoding"] === "br";
    });
    assert.deepEqual(asked, ["/", PATH, PATH]);
  });

  test("are never those of another Host", async (t) => {
    const hosts: string[] = [];
    const upstream = await startUpstream(t, ({ headers }, response) => {
      hosts.push(headers.host ?? "");
      response.writeHead(200, {
        "content-type": "text/javascript",
        "cache-control": "immutable",
        etag: `"${headers.host}"`,
      });
      response.end(`// of ${headers.host}`);
    });
    const { port } = await startProxy(t, upstream.port);
    for (const host of ["one.example", "two.example", "one.example", "ONE.example"]) {
      const { body, headers } = await ask(port, { path: PATH, headers: { ...GZIP, host } });
      assert.equal(gunzipSync(body).toString(), `// of ${host.toLowerCase()}`);
      assert.equal(headers.etag, `W/"${host.toLowerCase()}"`);
    }
    assert.deepEqual(hosts, ["one.example", "two.example"]);
  });
});

describe("AssetShelf", () => {
  const plain = (text: string): PlainAsset => ({ headers: {}, body: Buffer.from(text) });

  test("get() compresses one content once, under however many keys it is asked for", async () => {
    const shelf = new AssetShelf();
    const load = (): Promise<PlainAsset> => Promise.resolve(plain(TEXT));
    const first = await Promise.all(["a", "b", "c"].map((key) => shelf.get(key, load)));
    const later = await shelf.get("d", load);
    const contents = new Set([...first, later].map((asset) => asset?.content));
    assert.equal(contents.size, 1);
    assert.equal(gunzipSync([...contents][0]!.gzip).toString(), TEXT);
  });

  test("get() forgets the key that was not asked for longest when there are more than 4096", async () => {
    const shelf = new AssetShelf();
    let loads = 0;
    const load = (): Promise<PlainAsset> => {
      loads++;
      return Promise.resolve(plain("x"));
    };
    for (let i = 0; i < 4096; i++) await shelf.get(`host-${i}`, load);
    await shelf.get("host-0", load);
    assert.equal(loads, 4096);
    await shelf.get("another", load);
    await shelf.get("host-0", load);
    assert.equal(loads, 4097);
    await shelf.get("host-1", load);
    assert.equal(loads, 4098);
  });

  test("get() gives nothing while 32 others are being loaded", async () => {
    const shelf = new AssetShelf();
    let finish: (() => void) | undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const slow = async (): Promise<PlainAsset> => {
      await finished;
      return plain("x");
    };
    const others = Array.from({ length: 32 }, (_, i) => shelf.get(String(i), slow));
    assert.equal(await shelf.get("one more", slow), undefined);
    finish?.();
    for (const other of await Promise.all(others)) assert.notEqual(other, undefined);
    assert.notEqual(await shelf.get("one more", slow), undefined);
  });
});

describe("isHashedText()", () => {
  for (const path of [
    "/static/js/index.DormvYxC.js",
    "/static/js/a-b.c-12345678.mjs",
    "/static/media/Mono-Regular.Cl_2-a4B.ttf",
    "/static/css/x-----------.css",
  ])
    test(`takes ${path}`, () => assert.ok(isHashedText(path)));
  for (const path of [
    "/static/js/index.1234567.js",
    "/static/js/12345678.js",
    "/static/index.12345678/a.js",
    "/static/js/index.DormvYxC.js/",
    "/static/js/index.Dorm~YxC.js",
    "/static/js/index.DormvYxC.woff2",
    "/static/js/index.DormvYxC",
    "/app/static/js/index.DormvYxC.js",
    "/static/",
  ])
    test(`does not take ${path}`, () => assert.ok(!isHashedText(path)));
});
