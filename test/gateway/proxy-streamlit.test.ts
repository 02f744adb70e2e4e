import assert from "node:assert/strict";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { ask, RawClient, startProxy, upgradeText, type Gateway } from "./proxy-fixture.ts";
import { Streamlit } from "./streamlit.ts";

const SCRIPT = `
import streamlit as st
st.session_state.clicks = st.session_state.get("clicks", 0)
if st.button("more"):
    st.session_state.clicks += 1
st.write("clicks", st.session_state.clicks)
st.write("address", st.context.ip_address, "host", st.context.headers["Host"])
file = st.file_uploader("file")
if file is not None:
    st.write("size", len(file.getvalue()))
st.download_button("get", b"0123456789", file_name="ten.txt")
`;

const MARK = "<script>window.marked = true</script>";
/** Not localhost: from there Streamlit accepts any origin. */
const HOST = "app.example";

async function startBrowser(): Promise<Browser> {
  return await startChromium({ args: [`--host-resolver-rules=MAP ${HOST} 127.0.0.1`] });
}

describe("a real Streamlit behind the proxy", () => {
  let streamlit: Streamlit;
  let browser: Browser;

  before(async () => {
    [browser, streamlit] = await Promise.all([
      startBrowser(),
      Streamlit.start({ "app.py": SCRIPT }, "--server.maxUploadSize=300"),
    ]);
  });
  after(async () => {
    await browser.close();
    await streamlit.remove();
  });

  async function front(t: TestContext, holdFor = 12_000): Promise<Gateway> {
    return await startProxy(t, streamlit.port, {
      holdFor,
      hooks: {
        html: () => ({ head: MARK }),
        upgrade: () => ({ fromUpstream: () => true }),
      },
    });
  }

  async function openPage(t: TestContext, { port }: Gateway): Promise<Page> {
    const context = await browser.newContext({ acceptDownloads: true });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`http://${HOST}:${port}/`);
    await page.getByText("clicks 0").waitFor();
    return page;
  }

  test("accepts a WebSocket from its own origin on another host, and refuses a foreign one", async (t) => {
    const { port } = await front(t);
    const upgrade = async (origin: string): Promise<string> => {
      const lines = [`Origin: ${origin}`, "Sec-WebSocket-Protocol: streamlit, x"];
      const client = new RawClient(t, port).send(upgradeText("/_stcore/stream", ...lines));
      await until("the answer has come", () => client.text.includes("\r\n\r\n"));
      client.socket.destroy();
      return client.text.slice(0, 12);
    };
    assert.equal(await upgrade("http://app.example:8501"), "HTTP/1.1 101");
    assert.equal(await upgrade("http://app.example"), "HTTP/1.1 403");
    assert.equal(await upgrade("http://evil.example"), "HTTP/1.1 403");
  });

  test("has its pages marked, also those of other paths, and nothing else", async (t) => {
    const { port } = await front(t);
    const headers = { "accept-encoding": "gzip", accept: "text/html" };
    for (const path of ["/", "/two"]) {
      const plain = await ask(port, { path });
      assert.equal(plain.status, 200);
      assert.ok(plain.body.includes(`<head>${MARK}`), path);
      const { etag } = (await ask(streamlit.port, { path })).headers;
      const again = await ask(port, { path, headers: { ...headers, "if-none-match": etag } });
      assert.equal(again.status, 200);
      assert.equal(again.headers.etag, undefined);
    }
    const missing = await ask(port, { path: "/two/_stcore/health" });
    assert.equal(missing.status, 404);
  });

  test("works in a browser: clicks, the visitor's address, Host and downloads", async (t) => {
    const gateway = await front(t);
    const page = await openPage(t, gateway);
    assert.equal(await page.evaluate("window.marked"), true);
    await page.getByRole("button", { name: "more" }).click();
    await page.getByText("clicks 1").waitFor();
    await page.getByText(`host ${HOST}:${gateway.port}`).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "get" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "ten.txt");
    const { port } = gateway;
    const url = new URL(download.url());
    const part = await ask(port, { path: url.pathname, headers: { range: "bytes=2-4" } });
    assert.deepEqual([part.status, part.body.toString()], [206, "234"]);
  });

  test("sends a first visitor far fewer bytes than without the gateway", async (t) => {
    const visit = async (port: number): Promise<number> => {
      const context = await browser.newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Network.enable");
      let bytes = 0;
      devtools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
      await page.goto(`http://${HOST}:${port}/`);
      await page.getByText("clicks 0").waitFor();
      await page.waitForLoadState("networkidle");
      return bytes;
    };
    const direct = await visit(streamlit.port);
    const behind = await visit((await front(t)).port);
    // 2.8 MB and 1.2 MB, of which 0.5 MB are fonts and the like, compressed already.
    assert.ok(behind < direct * 0.6, `${behind} of ${direct} bytes`);
  });

  test("takes an upload of 210 MB", async (t) => {
    const path = join(tmpdir(), `persist-session-upload-${process.pid}.bin`);
    t.after(() => rm(path, { force: true }));
    const file = await open(path, "w");
    await file.truncate(210 * 1024 * 1024);
    await file.close();
    const page = await openPage(t, await front(t));
    await page.locator("input[type=file]").setInputFiles(path);
    await page.getByText("size 220200960").waitFor();
  });

  test("shows no error dialog while Streamlit is away, and goes on when it is back", async (t) => {
    const page = await openPage(t, await front(t));
    const unheld = await openPage(t, await front(t, 0));
    const patience = await front(t, 5_000);
    let dialogs = 0;
    await page.exposeFunction("sawDialog", () => dialogs++);
    await page.evaluate(
      `new MutationObserver(() => { if (document.querySelector('[role="dialog"]')) sawDialog(); })
         .observe(document.body, { childList: true, subtree: true })`,
    );
    await streamlit.kill();
    const status = page.getByTestId("stStatusWidget");
    await status.getByText("Connecting").waitFor();
    // Without holding there is one, within the 5 s that this takes.
    const [{ status: late }] = await Promise.all([
      ask(patience.port, { path: "/_stcore/health" }),
      unheld.getByRole("dialog").waitFor(),
    ]);
    assert.equal(late, 503);
    await streamlit.startAgain();
    await status.getByText("Connecting").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "more" }).click();
    await page.getByText("clicks 1").waitFor();
    assert.equal(dialogs, 0);
  });
});

describe("a real Streamlit with a base path and compressed WebSockets", () => {
  let streamlit: Streamlit;

  before(async () => {
    streamlit = await Streamlit.start(
      { "app.py": SCRIPT },
      "--server.baseUrlPath=tools/app",
      "--server.enableWebsocketCompression=true",
    );
  });
  after(() => streamlit.remove());

  test("is reached under its base path alone", async (t) => {
    const paths: string[] = [];
    const { port } = await startProxy(t, streamlit.port, {
      basePath: "/tools/app",
      hooks: {
        html: ({ path }) => (paths.push(path), { head: MARK }),
        hostConfig: (_, config) => ({ ...config, mine: true }),
      },
    });
    for (const path of ["/tools/app/", "/tools/app/two"])
      assert.ok((await ask(port, { path })).body.includes(`<head>${MARK}`), path);
    assert.deepEqual(paths, ["/", "/two"]);
    assert.equal((await ask(port, { path: "/_stcore/health" })).status, 404);
    const config = await ask(port, { path: "/tools/app/_stcore/host-config" });
    assert.equal(JSON.parse(config.body.toString()).mine, true);
    const asset = /src="\.\/(static\/js\/[^"]+)"/.exec(
      (await ask(port, { path: "/tools/app/" })).body.toString(),
    )?.[1];
    const { headers } = await ask(port, {
      path: `/tools/app/${asset}`,
      headers: { "accept-encoding": "gzip" },
    });
    assert.equal(headers["content-encoding"], "gzip");
  });

  for (const watched of [true, false])
    test(`sends compressed frames, ${watched ? "also if they are read" : "if no watcher reads them"}`, async (t) => {
      const { port } = await startProxy(t, streamlit.port, {
        basePath: "/tools/app",
        hooks: { upgrade: () => (watched ? {} : undefined) },
      });
      const client = new RawClient(t, port).send(
        upgradeText("/tools/app/_stcore/stream", "Sec-WebSocket-Extensions: permessage-deflate"),
      );
      await until("the answer has come", () => client.text.includes("\r\n\r\n"));
      assert.match(client.text, /^HTTP\/1\.1 101 /);
      assert.match(client.text, /permessage-deflate/);
    });
});
