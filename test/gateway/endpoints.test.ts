import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { describe, test } from "node:test";
import type { Ready } from "../../src/gateway/page/ready.ts";
import { until } from "../support/until.ts";
import { RawBrowser, withRig } from "./raw.ts";

describe("the gateway's own endpoints", () => {
  test("ready says what is missing when Streamlit or the store is away, and health is fine all the same", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const ready = await browser.get("/_persist/ready");
      assert.equal(ready.status, 200);
      assert.deepEqual(await ready.json(), { status: "ok", store: "ok", streamlit: "ok" });
      rig.streamlit.healthy = false;
      await until(
        "it is not ready",
        async () => (await browser.get("/_persist/ready")).status === 503,
      );
      const unready = await browser.get("/_persist/ready");
      assert.deepEqual(await unready.json(), {
        status: "unavailable",
        store: "ok",
        streamlit: "unavailable",
      });
      await rig.sessions.close();
      await until("the store is away", async () => {
        const answer = (await (await browser.get("/_persist/ready")).json()) as Ready;
        return answer.store === "unavailable" && answer.code === "ERR_STORE_CLOSED";
      });
      const health = await browser.get("/_persist/health");
      assert.equal(health.status, 200);
      assert.deepEqual(await health.json(), { status: "ok" });
    });
  });

  test("what is not there is 404, and nothing of it reaches Streamlit", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      assert.equal((await browser.get("/_persist/other")).status, 404);
      assert.equal((await browser.get("/_persist/constructor")).status, 404);
      assert.equal((await browser.post("health", "")).status, 405);
      assert.ok(!rig.streamlit.requests.some(({ url }) => url?.includes("_persist")));
    });
  });

  test("a body is refused when it is longer than a ticket can be", async () => {
    await withRig(async (rig) => {
      assert.equal((await new RawBrowser(rig).post("adopt", "a".repeat(10_000))).status, 413);
    });
  });

  test("nothing is logged when the client is gone in the middle of its POST", async () => {
    await withRig(async (rig) => {
      const arrived = once(rig.gateway.server, "request") as Promise<[IncomingMessage]>;
      const asked = request(`${rig.url}/_persist/alive`, {
        method: "POST",
        headers: { "sec-fetch-site": "same-origin", "content-length": 100 },
      });
      asked.on("error", () => {});
      asked.write("half of it");
      const [taken] = await arrived;
      const gone = new Promise((resolve) => taken.once("close", resolve));
      asked.destroy();
      await gone;
      // The next one is answered after what became of that one.
      assert.equal((await new RawBrowser(rig).post("alive", "")).status, 204);
      assert.deepEqual(rig.warnings, []);
    });
  });

  test("the page's script is kept for ever when its address names its content", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const html = await (await browser.get()).text();
      const src = /src="\.(\/static\/js\/persist-session\.[^"]+)"/.exec(html)?.[1] ?? "";
      const script = await browser.get(src);
      assert.match(script.headers.get("cache-control") ?? "", /immutable/);
      assert.match(script.headers.get("content-type") ?? "", /^text\/javascript/);
      assert.match(await script.text(), /_stcore\/stream/);
      const old = await browser.get("/static/js/persist-session.older.js");
      assert.equal(old.headers.get("cache-control"), "no-store");
    });
  });

  test("the page finds the script when it lies deeper, and when there is a base path", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        for (const [path, start] of [
          ["/my/app/", "./"],
          ["/my/app/two", "./"],
          ["/my/app/two/three", "../"],
        ] as const) {
          const html = await (await browser.get(path)).text();
          assert.ok(html.includes(`src="${start}static/js/persist-session.`), html);
        }
        assert.equal((await browser.get("/my/app/_persist/health")).status, 200);
      },
      { gateway: { basePath: "/my/app/" } },
    );
  });

  test("host-config lets the page listen to its own window when Streamlit's says who may speak", async () => {
    await withRig(async (rig) => {
      const config = (await (await new RawBrowser(rig).get("/_stcore/host-config")).json()) as {
        allowedOrigins: string[];
      };
      assert.ok(config.allowedOrigins.includes("https://a.example"));
      assert.ok(config.allowedOrigins.includes(rig.url));
    });
  });

  test("the page's script is small when it is compressed", async () => {
    await withRig(async (rig) => {
      const script = await fetch(`${rig.url}/_persist/page.js`, {
        headers: { "accept-encoding": "gzip" },
      });
      assert.equal(script.headers.get("content-encoding"), "gzip");
      assert.ok(Number(script.headers.get("content-length")) < 2750);
    });
  });

  test("a page that is made ready in advance is refused, so that it is no other tab when it is wanted", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const response = await browser.get("/", { "sec-purpose": "prefetch;prerender" });
      assert.equal(response.status, 503);
      assert.deepEqual(response.headers.getSetCookie(), []);
      assert.equal((await browser.get("/", { "sec-purpose": "prefetch" })).status, 200);
    });
  });
});
