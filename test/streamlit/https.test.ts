import assert from "node:assert/strict";
import { test } from "node:test";
import { startChromium } from "../browser/chromium.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { TlsFront } from "./tls-front.ts";

/**
 * Not localhost: from there Streamlit accepts any origin, and browsers take plain HTTP for secure.
 */
const HOST = "app.example";
const stage = useStage({
  app: "test/streamlit/apps/persisted.py",
  args: ["--trust-proxy", "loopback"],
});

test("with HTTPS in front the cookie is Secure and bound to the host, and widgets and state are kept over a reload", async (t) => {
  const front = await TlsFront.start(stage.gateway.port);
  t.after(() => front.close());
  const browser = await startChromium({
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  });
  t.after(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const origin = `https://${HOST}:${front.port}`;
  const app = await StreamlitPage.open(context, `${origin}/`);
  assert.equal(await app.page.evaluate("isSecureContext && location.origin"), origin);

  const cookies = (await context.cookies()).filter(({ name }) => name.includes("persist-session"));
  assert.equal(cookies.length, 1);
  const [cookie] = cookies;
  assert.match(cookie?.name ?? "", /^__Host-persist-session/);
  const { secure, httpOnly, sameSite, domain, path } = cookie ?? {};
  const expected = { secure: true, httpOnly: true, sameSite: "Lax", domain: HOST, path: "/" };
  assert.deepEqual({ secure, httpOnly, sameSite, domain, path }, expected);

  await app.type("left", "typed");
  await app.clickUntil("count", "count", "1");
  await app.reload();
  await app.untilShown({ count: "1" });
  await app.untilInput("left", "typed");
  await app.clickUntil("save left", "left", "typed");
  const after = (await context.cookies()).filter(({ name }) => name.includes("persist-session"));
  assert.deepEqual(
    after.map(({ value }) => value),
    [cookie?.value],
  );
});
