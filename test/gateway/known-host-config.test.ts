import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask } from "./proxy-fixture.ts";
import { RawBrowser, type Rig, withRig } from "./raw.ts";

const XSRF = "_streamlit_xsrf=2|token";

/** A browser that has been here before: it has our cookie. */
async function known(rig: Rig): Promise<RawBrowser> {
  const browser = new RawBrowser(rig);
  await browser.get();
  return browser;
}

/** What the page's head says about host-config. @param cookie - Streamlit's own */
async function said(browser: RawBrowser, cookie = XSRF): Promise<unknown> {
  const own = [browser.cookie, cookie].filter(Boolean).join("; ");
  const html = await (await browser.get("/", { cookie: own })).text();
  const [, text] = / data-host-config="([^"]*)"/.exec(html) ?? [];
  const plain = text
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  return plain === undefined ? undefined : (JSON.parse(plain) as unknown);
}

async function asked(browser: RawBrowser): Promise<unknown> {
  return await (await browser.get("/_stcore/host-config")).json();
}

describe("the head of a page, for a page that connects at once", () => {
  test("has the host-config that Streamlit has answered last, as a page is answered that asks for it", async () => {
    await withRig(async (rig) => {
      const browser = await known(rig);
      const first = await asked(browser);
      assert.deepEqual(await said(browser), first);
      rig.streamlit.hostConfig = { allowedOrigins: [], enableCustomParentMessages: true };
      assert.deepEqual(await said(browser), first);
      const next = await asked(browser);
      assert.notDeepEqual(next, first);
      assert.deepEqual(await said(browser), next);
      assert.ok((next as { allowedOrigins: string[] }).allowedOrigins.includes(rig.url));
    });
  });

  test("has it also if no page was ever answered but another browser's", async () => {
    await withRig(async (rig) => {
      const config = await asked(new RawBrowser(rig));
      assert.deepEqual(await said(await known(rig)), config);
    });
  });

  test("names to each host its own origin alone", async () => {
    await withRig(async (rig) => {
      const browser = await known(rig);
      const other = await ask(Number(new URL(rig.url).port), {
        path: "/_stcore/host-config",
        headers: { host: "other.example" },
      });
      assert.match(other.body.toString(), /other\.example/);
      const config = JSON.stringify(await said(browser));
      assert.ok(config.includes(rig.url) && config.includes("https://a.example"));
      assert.doesNotMatch(config, /other\.example/);
    });
  });

  for (const [name, hostConfig] of [
    ["quotes, ampersands and tags", { text: `"&quot;&amp;<script>'</script>&lt;` }],
    ["no allowedOrigins", { other: [null, 1.5, "é"] }],
    ["allowedOrigins that are no list", { allowedOrigins: "https://a.example" }],
  ] as const)
    test(`has a host-config with ${name} as it is`, async () => {
      await withRig(async (rig) => {
        rig.streamlit.hostConfig = hostConfig;
        const browser = await known(rig);
        assert.deepEqual(await asked(browser), hostConfig);
        assert.deepEqual(await said(browser), hostConfig);
      });
    });
});

describe("the head says nothing of host-config", () => {
  test("before Streamlit has answered one", async () => {
    await withRig(async (rig) => {
      assert.equal(await said(await known(rig)), undefined);
    });
  });

  test("to a new visitor, or to a browser without Streamlit's token", async () => {
    await withRig(async (rig) => {
      const browser = await known(rig);
      await asked(browser);
      assert.equal(await said(new RawBrowser(rig)), undefined);
      for (const cookie of ["", "not_streamlit_xsrf=1", "a=_streamlit_xsrf=1"])
        assert.equal(await said(browser, cookie), undefined, cookie);
      assert.notEqual(await said(browser, `a=1;${XSRF}`), undefined);
    });
  });

  test("once Streamlit has started anew, which may have configured it otherwise, until it has answered", async () => {
    await withRig(async (rig) => {
      const browser = await known(rig);
      await asked(browser);
      rig.restart();
      assert.equal(await said(browser), undefined);
      const config = await asked(browser);
      assert.deepEqual(await said(browser), config);
    });
  });

  test("if it is longer than a head should be", async () => {
    await withRig(async (rig) => {
      rig.streamlit.hostConfig = { text: "x".repeat(5000) };
      const browser = await known(rig);
      await asked(browser);
      assert.equal(await said(browser), undefined);
    });
  });

  test("if Streamlit's answer is an error", async () => {
    await withRig(async (rig) => {
      const browser = await known(rig);
      rig.streamlit.hostConfig = [] as never;
      await browser.get("/_stcore/host-config");
      assert.equal(await said(browser), undefined);
    });
  });
});
