import assert from "node:assert/strict";
import { test } from "node:test";
import { newSessionId } from "../../src/identity/token.ts";
import { lastClaims, RawBrowser, withRig } from "./raw.ts";

const login = (bytes: number): string =>
  Array.from(
    { length: Math.ceil(bytes / 4000) },
    (_, at) => `login-${at}=${"x".repeat(3980)}`,
  ).join("; ");

test("a browser keeps its session when a login's cookies are longer than Node's own limit", async () => {
  await withRig(async (rig) => {
    const browser = new RawBrowser(rig);
    await browser.get();
    await browser.connect();
    const { s } = lastClaims(rig);
    const own = browser.cookie ?? "";
    for (const size of [15_000, 17_000, 40_000, 100_000]) {
      for (const cookie of [`${login(size)}; ${own}`, `${own}; ${login(size)}`]) {
        const answer = await browser.get("/", { cookie });
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.headers.getSetCookie(), [], String(size));
        await browser.connect({}, { cookie });
        assert.equal(lastClaims(rig).s, s, String(size));
        assert.ok(!String(rig.streamlit.last.headers.cookie).includes("persist-session"));
      }
    }
  });
});

test("promise 6 (Isolation): a visitor whose cookies were too many to be read is given no new one", async () => {
  await withRig(async (rig) => {
    const browser = new RawBrowser(rig);
    await browser.get();
    const own = browser.cookie ?? "";
    const [name, mac] = [own.slice(0, own.indexOf("=")), own.slice(-43)];
    const planted = Array.from({ length: 300 }, () => `${name}=${newSessionId()}.${mac}`);
    const cookie = [...planted, own].join("; ");
    const answer = await browser.get("/", { cookie });
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.ok(!(await answer.text()).includes("data-issue"));
    await browser.connect({}, { cookie });
    assert.equal(lastClaims(rig).x, true);
    assert.equal((await browser.post("alive", "", { cookie })).status, 204);
  });
});

test("promise 6 (Isolation): a page that another site opens by a POST, without the visitor's cookie, sets no new one", async () => {
  await withRig(async (rig) => {
    const answer = await fetch(rig.url, { method: "POST", headers: { accept: "text/html" } });
    assert.match(await answer.text(), /<div id="root">/);
    assert.deepEqual(answer.headers.getSetCookie(), []);
  });
});

test("a SameSite=Strict cookie that another site's link held back is not replaced, and a new visitor still gets one", async () => {
  await withRig(
    async (rig) => {
      const link = { "sec-fetch-site": "cross-site" };
      const known = new RawBrowser(rig);
      assert.match(
        (await known.get("/", { "sec-fetch-site": "none" })).headers.getSetCookie()[0]!,
        /Strict/,
      );
      const own = known.cookie;
      // What the browser of this visitor sends when another site's page leads here.
      const html = await new RawBrowser(rig).get("/", link);
      assert.deepEqual(html.headers.getSetCookie(), []);
      assert.match(await html.text(), / data-hello /);
      assert.deepEqual((await known.post("hello", "")).headers.getSetCookie(), []);
      assert.equal(known.cookie, own);
      const fresh = new RawBrowser(rig);
      await fresh.post("hello", "");
      assert.ok(fresh.cookie !== undefined && fresh.cookie !== own);
      await fresh.connect();
      assert.equal(lastClaims(rig).x, undefined);
    },
    { sessions: { cookie: { sameSite: "strict" } } },
  );
});
