import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { describe, test, type TestContext } from "node:test";
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
} from "node:zlib";
import type { ProxyHooks } from "../../src/gateway/proxy/hooks.ts";
import { ask, startProxy, startUpstream, type Reply } from "./proxy-fixture.ts";

interface Page {
  readonly body: (string | Buffer)[];
  readonly headers?: OutgoingHttpHeaders;
  readonly path?: string;
  readonly ask?: OutgoingHttpHeaders;
  readonly method?: string;
  readonly html?: ProxyHooks["html"];
  readonly rest?: string | Buffer;
}

const MARK = "<script>1</script>";
/** What makes it Streamlit's page, whatever stands before. */
const REST =
  '<script type="module" crossorigin src="./static/js/index.C1z8KpLA.js"></script><div id="root"></div>';

/**
 * A page that Streamlit would send, which begins with the given pieces, as it comes through the
 * proxy; its text is without `REST`.
 */
async function through(
  t: TestContext,
  page: Page,
): Promise<Reply & { text: string; asked: OutgoingHttpHeaders }> {
  let asked: OutgoingHttpHeaders = {};
  const upstream = await startUpstream(t, (request, response) => {
    asked = request.headers;
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      etag: '"1"',
      ...page.headers,
    });
    const pieces = [...page.body, page.rest ?? REST];
    const next = (): void => {
      const piece = pieces.shift();
      if (piece === undefined) response.end();
      else response.write(piece, () => setImmediate(next));
    };
    next();
  });
  const { port } = await startProxy(t, upstream.port, {
    hooks: { html: page.html ?? (() => ({ head: MARK })) },
  });
  const reply = await ask(port, {
    path: page.path ?? "/",
    headers: page.ask ?? {},
    method: page.method ?? "GET",
  });
  const coding = reply.headers["content-encoding"];
  const plain =
    coding === "br"
      ? brotliDecompressSync(reply.body)
      : coding === "gzip"
        ? gunzipSync(reply.body)
        : reply.body;
  return { ...reply, text: plain.toString().replace(REST, ""), asked };
}

describe("html()", () => {
  const cases: [string, string, string][] = [
    ["a plain tag", "<html><head><meta>", `<html><head>${MARK}<meta>`],
    ["attributes", `<head lang="a>b" x='>'>rest`, `<head lang="a>b" x='>'>${MARK}rest`],
    ["capitals and space", "<HEAD\n>rest", `<HEAD\n>${MARK}rest`],
    ["a comment that speaks of <head>", "<!-- <head> --><head>", `<!-- <head> --><head>${MARK}`],
    ["only the first", "<head><i><head>", `<head>${MARK}<i><head>`],
    ["no head, but a header", "<body><header>x</header>", "<body><header>x</header>"],
    ["no tag at all", "text", "text"],
    ["letters beyond ASCII", "<html lang='ä€'><head>ö", `<html lang='ä€'><head>${MARK}ö`],
  ];
  for (const [what, page, expected] of cases)
    test(`puts its text after the head's tag when the page has ${what}, however it is cut`, async (t) => {
      const bytes = Buffer.from(page);
      const whole = await through(t, { body: [bytes] });
      assert.equal(whole.text, expected);
      const bytewise = [...bytes].map((byte) => Buffer.from([byte]));
      assert.equal((await through(t, { body: bytewise })).text, expected);
      const headers = { "content-length": bytes.length + REST.length };
      assert.equal((await through(t, { body: bytewise, headers })).text, expected);
    });

  for (const path of [
    "/component/a/index.html",
    "/%63omponent/a/",
    "/app/static/a.html",
    "/media/a",
    "/_stcore/x",
  ])
    test(`leaves ${path} as it is`, async (t) => {
      const reply = await through(t, { path, body: ["<head>"], headers: { etag: '"1"' } });
      assert.equal(reply.text, "<head>");
      assert.equal(reply.headers.etag, '"1"');
    });

  test("leaves what is no HTML as it is", async (t) => {
    const reply = await through(t, {
      body: ["<head>"],
      headers: { "content-type": "application/xhtml", etag: '"1"' },
    });
    assert.equal(reply.text, "<head>");
    assert.equal(reply.headers.etag, '"1"');
  });

  test("hides what is true of the original alone", async (t) => {
    const reply = await through(t, {
      body: ["<head>"],
      ask: { "accept-encoding": "gzip" },
      headers: {
        "content-length": 6 + REST.length,
        etag: '"1"',
        "last-modified": "Tue, 24 Nov 2026 00:00:00 GMT",
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
      },
    });
    for (const name of ["etag", "last-modified", "accept-ranges"])
      assert.equal(reply.headers[name], undefined, name);
    assert.equal(reply.headers["content-length"], String(reply.body.length));
    assert.equal(reply.headers["cache-control"], "no-cache");
    assert.equal(reply.headers.vary, "Accept-Encoding");
    assert.equal(reply.text, `<head>${MARK}`);
  });

  const codings: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ["identity", undefined],
    ["gzip, deflate", "gzip"],
    ["gzip, deflate, br", "br"],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["br;q=0, *", "gzip"],
    ["*;q=0", undefined],
  ];
  for (const [accept, coding] of codings)
    test(`is sent as ${coding ?? "plain text"} when the client accepts ${accept ?? "nothing special"}`, async (t) => {
      for (const headers of [{}, { "content-length": 6 + REST.length }]) {
        const reply = await through(t, {
          body: ["<head>"],
          headers,
          ...(accept !== undefined && { ask: { "accept-encoding": accept } }),
        });
        assert.equal(reply.headers["content-encoding"], coding);
        assert.equal(reply.text, `<head>${MARK}`);
      }
    });

  for (const [coding, compress] of [
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
  ] as const)
    test(`reads a page that comes as ${coding} all the same`, async (t) => {
      const rest = compress(`<head>${REST}`);
      const headers = { "content-encoding": coding, "content-length": rest.length };
      assert.equal((await through(t, { body: [], rest, headers })).text, `<head>${MARK}`);
    });

  test("adds its headers to the answer, cookies to Streamlit's own", async (t) => {
    const reply = await through(t, {
      body: ["<head>"],
      headers: { "set-cookie": "a=1", "cache-control": "no-cache" },
      html: () => ({
        head: "",
        headers: { "Set-Cookie": ["b=2", "c=3"], "cache-control": "no-store" },
      }),
    });
    assert.deepEqual(reply.headers["set-cookie"], ["a=1", "b=2", "c=3"]);
    assert.equal(reply.headers["cache-control"], "no-store");
    assert.equal(reply.text, "<head>");
  });

  test("adds its headers to the answer to HEAD too, once the page is known", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      const headers = { etag: '"1"', "content-length": 6 + REST.length };
      response.writeHead(200, { "content-type": "text/html", ...headers }).end(`<head>${REST}`);
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: { html: async () => ({ head: MARK, headers: { "set-cookie": "b=2" } }) },
    });
    await ask(port, { path: "/two" });
    const reply = await ask(port, { method: "HEAD" });
    assert.deepEqual(reply.headers["set-cookie"], ["b=2"]);
    assert.equal(reply.headers["content-length"], undefined);
    assert.equal(reply.headers.etag, undefined);
    assert.equal(reply.body.length, 0);
  });

  test("is answered with 502 when Streamlit dies in the middle of a page whose length it has said", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": "text/html", "content-length": 100 });
      response.write("<head>half", () => response.socket?.destroySoon());
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: { html: () => ({ head: MARK, headers: { "set-cookie": "b=2" } }) },
    });
    const { status, headers } = await ask(port, {});
    assert.equal(status, 502);
    assert.equal(headers["set-cookie"], undefined);
  });

  test("may leave a page alone", async (t) => {
    const reply = await through(t, {
      body: ["<head>"],
      headers: { etag: '"1"' },
      html: () => undefined,
    });
    assert.equal(reply.text, "<head>");
    assert.equal(reply.headers.etag, '"1"');
  });
});
