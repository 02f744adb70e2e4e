import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../project/imports.ts";
import { useStage, type Visitor } from "./stage.ts";
import { testPython } from "./test-python.ts";

const SECRET = "a secret of this test alone";
const stage = useStage({
  app: "test/streamlit/apps/owners.py",
  env: { STREAMLIT_SERVER_COOKIE_SECRET: SECRET },
});

/**
 * Gives the browser the cookie that Streamlit itself sets after a login, made by Streamlit's own
 * code.
 */
async function signIn({ context }: Visitor, subject: string): Promise<void> {
  const { origin } = stage.gateway;
  const program = join(root, "test/streamlit/apps/sign_in.py");
  const value = execFileSync(testPython(), [program, SECRET, origin, subject], {
    encoding: "utf8",
  }).trim();
  await context.addCookies([{ name: "_streamlit_user", value, url: origin, httpOnly: true }]);
}

test("owner user: the state follows a person to another browser, and another person sees nothing of it", async () => {
  const first = await stage.newVisitor();
  await signIn(first, "ada");
  const app = await first.openTab();
  await app.untilShown({ user: "ada", profile: "0" });
  await app.clickUntil("profile", "profile", "1");
  await app.clickUntil("profile", "profile", "2");

  const second = await stage.newVisitor();
  await signIn(second, "ada");
  await (await second.openTab()).untilShown({ user: "ada", profile: "2" });

  const other = await stage.newVisitor();
  await signIn(other, "grace");
  await (await other.openTab()).untilShown({ user: "grace", profile: "0" });
});

test("owner user: the state is out of reach after a logout and there again after a login", async () => {
  const visitor = await stage.newVisitor();
  await signIn(visitor, "linus");
  const app = await visitor.openTab();
  await app.clickUntil("profile", "profile", "1");
  await visitor.context.clearCookies({ name: "_streamlit_user" });
  await app.reload();
  await app.untilShown({ user: "nobody" });
  assert.equal((await app.shown())["profile"], undefined);
  await signIn(visitor, "linus");
  await app.reload();
  await app.untilShown({ user: "linus", profile: "1" });
});

test("owner user: a logout, and a login of another user, reach the other tabs that are open", async () => {
  const visitor = await stage.newVisitor();
  await signIn(visitor, "barbara");
  const [app, other] = [await visitor.openTab(), await visitor.openTab()];
  await app.clickUntil("profile", "profile", "1");
  await visitor.context.clearCookies({ name: "_streamlit_user" });
  await app.reload();
  await app.untilShown({ user: "nobody" });
  await other.untilShown({ user: "nobody" });
  await other.idle();
  assert.equal((await other.shown())["profile"], undefined);
  await signIn(visitor, "frances");
  for (const tab of [app, other]) await tab.reload();
  await other.clickUntil("profile", "profile", "1");
  await signIn(visitor, "barbara");
  await app.reload();
  for (const tab of [app, other]) await tab.untilShown({ user: "barbara", profile: "1" });
  // And they stay where they are.
  await other.clickUntil("profile", "profile", "2");
  await app.clickUntil("profile", "profile", "3");
});

test("resume never crosses identities: st.session_state is fresh after a login, a logout and a change of person", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("remember", "memory", "1");
  await signIn(visitor, "ada");
  await app.reload();
  await app.untilShown({ user: "ada", memory: "0" });
  await app.clickUntil("remember", "memory", "1");
  await app.reload();
  await app.untilShown({ user: "ada", memory: "1" });
  await signIn(visitor, "grace");
  await app.reload();
  await app.untilShown({ user: "grace", memory: "0" });
});

test("owner tab: each tab has a state of its own, which a reload and a kill of everything keep", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await one.clickUntil("draft", "draft", "1");
  await two.untilShown({ draft: "0" });
  await two.clickUntil("draft", "draft", "1");
  await two.clickUntil("draft", "draft", "2");
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
  await one.reload();
  await two.reload();
  await one.untilShown({ draft: "1" });
  await two.untilShown({ draft: "2" });
});
