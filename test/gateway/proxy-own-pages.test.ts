import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { describe, test, type TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { recognizePage } from "../../src/gateway/proxy/streamlit-page.ts";
import { ask, startProxy, startUpstream } from "./proxy-fixture.ts";

const STREAMLIT =
  '<!-- a licence --><!DOCTYPE html><html lang="en"><head><script type="module" crossorigin ' +
  'src="./static/js/index.DormvYxC.js"></script></head><body><div id="root"></div></body></html>';
const MARK = "<script>1</script>";

/** What an app answers at a path: headers and body, and whether it knows the client's tag. */
interface Route {
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/** A Streamlit with routes of the app's own; every other path gives Streamlit's page. */
async function withRoutes(t: TestContext, routes: Readonly<Record<string, Route>>) {
  const asked: { path: string; headers: OutgoingHttpHeaders }[] = [];
  const upstream = await startUpstream(t, (request, response) => {
    const path = request.url ?? "/";
    asked.push({ path, headers: request.headers });
    const page = { etag: '"page"', "cache-control": "no-cache" };
    const { headers = {}, body } = routes[path] ?? { body: STREAMLIT, headers: page };
    const tag = headers["etag"];
    if (tag !== undefined && request.headers["if-none-match"] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
    const length = Buffer.byteLength(body);
    response.writeHead(200, { "content-type": "text/html", "content-length": length, ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  const gateway = await startProxy(t, upstream.port, {
    hooks: {
      html: () => ({ head: MARK, headers: { "set-cookie": "s=1", "cache-control": "private" } }),
    },
  });
  return { port: gateway.port, asked };
}

describe("HTML of the app's own", () => {
  const own: [string, Route][] = [
    [
      "a document",
      { body: "<!doctype html><html><head><title>r</title></head><body>x</body></html>" },
    ],
    ["a fragment", { body: "<li>one</li>" }],
    ["nothing", { body: "" }],
    [
      "a download of Streamlit's page",
      { body: STREAMLIT, headers: { "content-disposition": "attachment; filename=a.html" } },
    ],
    ["another frontend", { body: STREAMLIT.replace("index.DormvYxC", "main.DormvYxC") }],
    ["another element", { body: STREAMLIT.replace('id="root"', 'id="app"') }],
    [
      "a comment that quotes the page",
      {
        body: `<html><head><!-- ${STREAMLIT.replaceAll("-->", "")} --></head><body><div id="root"></div></body></html>`,
      },
    ],
    ["a page that shows the page", { body: `<html><head></head><body>${STREAMLIT}</body></html>` }],
    ["a long page", { body: `<html><head></head><body>${"<p>".padEnd(200_000)}</body></html>` }],
    ["a head that never ends", { body: `<html><head>${"<link>".repeat(20_000)}` }],
  ];
  for (const [what, route] of own)
    test(`is left as it is: ${what}`, async (t) => {
      const headers = { etag: '"v1"', "cache-control": "public, max-age=3600", ...route.headers };
      const { port } = await withRoutes(t, { "/own": { ...route, headers } });
      for (let turn = 0; turn < 2; turn++) {
        const reply = await ask(port, { path: "/own", headers: { "accept-encoding": "gzip, br" } });
        assert.equal(reply.body.toString(), route.body.toString());
        assert.equal(reply.headers.etag, '"v1"');
        assert.equal(reply.headers["cache-control"], "public, max-age=3600");
        assert.equal(reply.headers["set-cookie"], undefined);
        assert.equal(reply.headers["content-encoding"], undefined);
        assert.equal(reply.headers["content-length"], String(Buffer.byteLength(route.body)));
        assert.equal(reply.headers.vary, undefined);
      }
    });

  test("is asked for with the client's conditions, once, and 304 stays 304", async (t) => {
    const headers = { etag: '"v1"', "cache-control": "public, max-age=3600" };
    const { port, asked } = await withRoutes(t, { "/own": { body: "<p>", headers } });
    await ask(port, { path: "/" });
    asked.length = 0;
    const reply = await ask(port, { path: "/own", headers: { "if-none-match": '"v1"' } });
    assert.equal(reply.status, 304);
    assert.equal(reply.headers.etag, '"v1"');
    assert.equal(reply.headers["set-cookie"], undefined);
    assert.deepEqual(
      asked.map(({ path }) => path),
      ["/own"],
    );
    assert.equal(asked[0]?.headers["if-none-match"], '"v1"');
  });

  test("comes compressed as the app compressed it", async (t) => {
    const body = gzipSync("<html><head></head><body>x</body></html>");
    const headers = { "content-encoding": "gzip", etag: 'W/"z"' };
    const { port, asked } = await withRoutes(t, { "/own": { body, headers } });
    const reply = await ask(port, { path: "/own", headers: { "accept-encoding": "gzip, zstd" } });
    assert.deepEqual(reply.body, body);
    assert.equal(reply.headers["content-encoding"], "gzip");
    assert.equal(asked.at(-1)?.headers["accept-encoding"], "gzip");
  });

  test("arrives in pieces as it is written", async (t) => {
    let more = (): void => {};
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("<html><head><title>");
      more = () => response.end("rest");
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: { html: () => ({ head: MARK }) },
    });
    const request = httpRequest({ host: "127.0.0.1", port, agent: false }).end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    const [first] = (await once(message, "data")) as [Buffer];
    assert.equal(first.toString(), "<html><head><title>");
    more();
    const [last] = (await once(message, "data")) as [Buffer];
    assert.equal(last.toString(), "rest");
  });

  test("breaks off when the app breaks off", async (t) => {
    for (const headers of [{}, { etag: '"1"' }]) {
      const upstream = await startUpstream(t, (_, response) => {
        response.writeHead(200, { "content-type": "text/html", ...headers });
        response.write("<p>half", () => response.socket?.destroySoon());
      });
      const { port } = await startProxy(t, upstream.port, {
        hooks: { html: () => ({ head: MARK }) },
      });
      await assert.rejects(ask(port), { code: "ECONNRESET" });
    }
  });

  test("is left alone in answers to HEAD and POST, and with another status", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      const status = request.url === "/gone" ? 404 : 200;
      const headers = {
        etag: '"v1"',
        "content-type": "text/html",
        "content-length": STREAMLIT.length,
      };
      response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : STREAMLIT);
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: { html: () => ({ head: MARK }) },
    });
    for (const options of [{ method: "HEAD" }, { method: "POST" }, { path: "/gone" }]) {
      const reply = await ask(port, options);
      assert.equal(reply.headers.etag, '"v1"', JSON.stringify(options));
      assert.equal(reply.headers["content-length"], String(STREAMLIT.length));
    }
  });
});

describe("Streamlit's page", () => {
  test("is changed at every path that gives it, compressed or not", async (t) => {
    const zipped = { body: gzipSync(STREAMLIT), headers: { "content-encoding": "gzip" } };
    const { port } = await withRoutes(t, { "/zipped": zipped });
    for (const path of ["/", "/two", "/zipped", "/a.b"]) {
      const reply = await ask(port, { path, headers: { "accept-encoding": "gzip" } });
      assert.ok(gunzipSync(reply.body).toString().includes(`<head>${MARK}`), path);
      assert.deepEqual(reply.headers["set-cookie"], ["s=1"], path);
      assert.equal(reply.headers.etag, undefined, path);
    }
  });

  test("comes anew to a client that has it from Streamlit itself", async (t) => {
    const { port, asked } = await withRoutes(t, {});
    const headers = { "if-none-match": '"page"' };
    // Nothing is known of this Streamlit yet; then the tag alone tells; then the path does.
    for (const [path, times] of [
      ["/a", 2],
      ["/b", 1],
      ["/b", 1],
    ] as const) {
      asked.length = 0;
      const reply = await ask(port, { path, headers });
      assert.equal(reply.status, 200);
      assert.ok(reply.body.toString().includes(MARK));
      assert.equal(asked.length, times, path);
    }
  });

  test("is asked for whole and plain once its path is known", async (t) => {
    const { port, asked } = await withRoutes(t, {});
    await ask(port, { path: "/two" });
    const headers = {
      "if-none-match": '"x"',
      "if-modified-since": "Tue, 24 Nov 2026 00:00:00 GMT",
    };
    await ask(port, { path: "/two", headers: { ...headers, "accept-encoding": "gzip" } });
    const last = asked.at(-1)?.headers ?? {};
    assert.equal(last["if-none-match"], undefined);
    assert.equal(last["if-modified-since"], undefined);
    assert.equal(last["accept-encoding"], "identity");
  });
});

describe("recognizePage()", () => {
  test("knows the page however much of it is there, and never takes a part for something else", () => {
    for (let length = 0; length < STREAMLIT.length; length++)
      assert.equal(
        recognizePage(STREAMLIT.slice(0, length), false),
        "unknown",
        STREAMLIT.slice(0, length),
      );
    assert.equal(recognizePage(STREAMLIT, true), "page");
  });

  test("knows the page with what apps put into it", () => {
    for (const [from, to] of [
      [
        "<head>",
        '<head><script async src="https://www.example.com/tag.js?id=1"></script><script>if(1<2){}</script>',
      ],
      ["./static", "/base/static"],
      [
        'crossorigin src="./static/js/index.DormvYxC.js"',
        "src=./static/js/index.DormvYxC.js crossorigin",
      ],
      ["<!-- a licence -->", "\uFEFF\n"],
      ['<div id="root">', "<noscript>x</noscript><div class=a id='root'>"],
    ] as const)
      assert.equal(recognizePage(STREAMLIT.replace(from, to), true), "page", to);
  });

  test("takes no long time for a page that is made to take long", () => {
    for (const piece of ["<", "<script ", "<script src=", "<!--", "<div ", "<div id=", 'src="/'])
      for (const text of [
        piece.repeat(100_000),
        STREAMLIT.replace("<body>", `<body>${piece.repeat(100_000)}`),
      ]) {
        const start = process.cpuUsage().user;
        recognizePage(text, true);
        assert.ok(process.cpuUsage().user - start < 2_000_000, piece);
      }
  });
});
