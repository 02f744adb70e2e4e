import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { describe, test, type TestContext } from "node:test";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import type { ProxyHooks } from "../../src/gateway/proxy/hooks.ts";
import { ask, startProxy, startUpstream, type Reply } from "./proxy-fixture.ts";

interface Page {
  readonly body: (string | Buffer)[];
  readonly headers?: OutgoingHttpHeaders;
  readonly path?: string;
  readonly ask?: OutgoingHttpHeaders;
  readonly method?: string;
  readonly html?: ProxyHooks["html"];
}

const MARK = "<script>1</script>";

/** A page that Streamlit would send in the given pieces, as it comes through the proxy. */
async function through(
  t: TestContext,
  page: Page,
): Promise<Reply & { text: string; asked: OutgoingHttpHeaders }> {
  let asked: OutgoingHttpHeaders = {};
  const upstream = await startUpstream(t, (request, response) => {
    asked = request.headers;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
    const pieces = [...page.body];
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
  return { ...reply, text: plain.toString(), asked };
}

describe("html()", () => {
  const cases: [string, string, string][] = [
    ["a plain tag", "<html><head><meta></head>", `<html><head>${MARK}<meta></head>`],
    ["attributes", `<head lang="a>b" x='>'>rest`, `<head lang="a>b" x='>'>${MARK}rest`],
    ["capitals and space", "<HEAD\n>rest", `<HEAD\n>${MARK}rest`],
    ["a comment that speaks of <head>", "<!-- <head> --><head>", `<!-- <head> --><head>${MARK}`],
    ["only the first", "<head></head><head>", `<head>${MARK}</head><head>`],
    ["no head, but a header", "<body><header>x</header>", "<body><header>x</header>"],
    ["no tag at all", "text", "text"],
    ["an unfinished tag", "<html><head", "<html><head"],
    ["letters beyond ASCII", "<html lang='ä€'><head>ö", `<html lang='ä€'><head>${MARK}ö`],
  ];
  for (const [what, page, expected] of cases)
    test(`puts its text after the head's tag when the page has ${what}, however it is cut`, async (t) => {
      const bytes = Buffer.from(page);
      const whole = await through(t, { body: [bytes] });
      assert.equal(whole.text, expected);
      const bytewise = [...bytes].map((byte) => Buffer.from([byte]));
      assert.equal((await through(t, { body: bytewise })).text, expected);
      const headers = { "content-length": bytes.length };
      assert.equal((await through(t, { body: bytewise, headers })).text, expected);
    });

  test("gives up looking for the head in the middle of a page that has none", async (t) => {
    const body = Array.from({ length: 40 }, () => "<p>".padEnd(10_000));
    assert.equal((await through(t, { body })).text, body.join(""));
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

  test("asks for a whole and plain page, and hides what is true of the original alone", async (t) => {
    const reply = await through(t, {
      body: ["<head>"],
      ask: {
        "if-none-match": '"1"',
        "if-modified-since": "Tue, 24 Nov 2026 00:00:00 GMT",
        "accept-encoding": "gzip",
      },
      headers: {
        "content-length": 6,
        etag: '"1"',
        "last-modified": "Tue, 24 Nov 2026 00:00:00 GMT",
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
      },
    });
    assert.equal(reply.asked["if-none-match"], undefined);
    assert.equal(reply.asked["if-modified-since"], undefined);
    assert.equal(reply.asked["accept-encoding"], "identity");
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
      for (const headers of [{}, { "content-length": 6 }]) {
        const reply = await through(t, {
          body: ["<head>"],
          headers,
          ...(accept !== undefined && { ask: { "accept-encoding": accept } }),
        });
        assert.equal(reply.headers["content-encoding"], coding);
        assert.equal(reply.text, `<head>${MARK}`);
      }
    });

  test("changes a page that is long and says so", async (t) => {
    const rest = "<p>".padEnd(100_000);
    const reply = await through(t, {
      body: ["<head>", rest],
      headers: { "content-length": 6 + rest.length },
      ask: { "accept-encoding": "br" },
    });
    assert.equal(reply.headers["content-length"], undefined);
    assert.equal(reply.text, `<head>${MARK}${rest}`);
  });

  test("reads a page that comes compressed all the same", async (t) => {
    const reply = await through(t, {
      body: [gzipSync("<head>")],
      headers: { "content-encoding": "gzip", "content-length": gzipSync("<head>").length },
    });
    assert.equal(reply.text, `<head>${MARK}`);
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

  test("adds its headers to the answer to HEAD too", async (t) => {
    const reply = await through(t, {
      body: [],
      method: "HEAD",
      headers: { "content-length": 6 },
      html: async () => ({ head: MARK, headers: { "set-cookie": "b=2" } }),
    });
    assert.deepEqual(reply.headers["set-cookie"], ["b=2"]);
    assert.equal(reply.headers["content-length"], undefined);
    assert.equal(reply.text, "");
  });

  for (const accept of ["identity", "gzip", "br"])
    test(`breaks off as ${accept} when Streamlit dies in the middle of the page`, async (t) => {
      const upstream = await startUpstream(t, (_, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.write("<head>half", () => response.socket?.destroySoon());
      });
      const { port } = await startProxy(t, upstream.port, {
        hooks: { html: () => ({ head: MARK }) },
      });
      await assert.rejects(ask(port, { headers: { "accept-encoding": accept } }), {
        code: "ECONNRESET",
      });
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
