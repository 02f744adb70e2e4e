import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scriptPolicy } from "../../src/gateway/page/csp.ts";
import { RawBrowser, withRig } from "./raw.ts";

const PLACE = {
  secure: false,
  host: "app.example:8501",
  path: "/base/static/js/persist-session.x.js",
};

/** What becomes of the script under a policy in the answer's header. */
function under(policy: string, page = "", place = PLACE) {
  return scriptPolicy({ "content-security-policy": policy }, page, place);
}

describe("scriptPolicy()", () => {
  const allowing = [
    "",
    "img-src 'none'",
    "default-src 'self'",
    "script-src *",
    "script-src http:",
    "script-src http://app.example:8501/base/static/js/",
    "script-src app.example:8501",
    "script-src *.example:*",
    "script-src app.example:8501/base/static/js/persist-session.x.js",
    "default-src 'none'; script-src 'SELF'",
    "default-src 'none'; SCRIPT-SRC-ELEM 'self'; script-src 'none'",
    "script-src 'self'; script-src 'none'",
  ];
  for (const policy of allowing)
    test(`lets the script run under "${policy}"`, () =>
      assert.deepEqual(under(policy), { nonce: undefined, blockedBy: undefined }));

  const blocking = [
    "default-src 'none'",
    "script-src",
    "script-src https:",
    "script-src 'sha256-aaaa' 'unsafe-inline'",
    "script-src http://app.example:8501/base/static/media/",
    "script-src http://app.example",
    "script-src http://other.example:8501",
    "script-src http://app.example:8501/base/static/js",
    "script-src 'self' 'strict-dynamic' 'sha256-aaaa'",
    "script-src 'self', default-src 'none'",
  ];
  for (const policy of blocking)
    test(`says that "${policy}" blocks it`, () =>
      assert.notEqual(under(policy).blockedBy, undefined));

  test("gives it the nonce that a policy has", () => {
    assert.deepEqual(under("script-src 'nonce-aB3+/=' 'strict-dynamic'"), {
      nonce: "aB3+/=",
      blockedBy: undefined,
    });
    assert.deepEqual(under("script-src 'nonce-a' 'nonce-b', script-src 'nonce-b'"), {
      nonce: "b",
      blockedBy: undefined,
    });
    assert.notEqual(under("script-src 'nonce-a', script-src 'nonce-b'").blockedBy, undefined);
    assert.equal(under("script-src 'nonce-\"><b>'").nonce, undefined);
  });

  test("reads the policies of the page's meta elements", () => {
    const page = (policy: string) =>
      `<head><meta http-equiv="Content-Security-Policy" content="${policy}"></head>`;
    assert.equal(under("", page("script-src 'nonce-q'")).nonce, "q");
    assert.equal(under("", page("script-src 'none'")).blockedBy, "script-src 'none'");
    assert.equal(under("", `<!-- ${page("script-src 'none'")} -->`).blockedBy, undefined);
  });
});

describe("a page with a policy", () => {
  test("gets the script with its nonce", async () => {
    await withRig(async (rig) => {
      rig.streamlit.policy = "script-src 'nonce-r4nd0m' 'strict-dynamic'";
      const html = await (await new RawBrowser(rig).get()).text();
      assert.match(html, /<script src="[^"]+persist-session[^>]+ nonce="r4nd0m">/);
      assert.deepEqual(rig.warnings, []);
    });
  });

  test("is named once in the log if it blocks the script", async () => {
    await withRig(async (rig) => {
      rig.streamlit.policy = "script-src 'sha256-abc'";
      const browser = new RawBrowser(rig);
      for (let turn = 0; turn < 3; turn++) await browser.get();
      const lines = rig.warnings.filter((line) => line.includes("Content-Security-Policy"));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /script-src 'sha256-abc'/);
    });
  });

  test("lets the script run if it allows Streamlit's own scripts alone", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const { host } = new URL(rig.url);
      rig.streamlit.policy = `script-src http://${host}/static/js/`;
      const src = /src="\.(\/static\/js\/persist-session[^"]+)"/.exec(
        await (await browser.get()).text(),
      )?.[1];
      assert.equal((await browser.get(src ?? "/none")).status, 200);
      assert.deepEqual(rig.warnings, []);
    });
  });
});
