import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { useStage, type Visitor } from "../streamlit/stage.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py" });

async function tokenOf({ context }: Visitor): Promise<string> {
  const cookies = await context.cookies();
  const cookie = cookies.find(({ name }) => name.startsWith("persist-session"));
  assert.ok(cookie);
  return cookie.value;
}

async function untilNewToken(visitor: Visitor, old: string): Promise<void> {
  await until("the browser has a new cookie", async () => (await tokenOf(visitor)) !== old);
}

test("the other tab goes on with the same state when one calls rotate()", async () => {
  const visitor = await stage.newVisitor();
  const [one, two] = [await visitor.openTab(), await visitor.openTab()];
  await one.clickUntil("count", "count", "1");
  await two.type("left", "typed");
  await two.idle();
  const old = await tokenOf(visitor);
  await one.click("rotate");
  await untilNewToken(visitor, old);
  // It has come again by itself, with what was typed, and its next click counts.
  await two.untilShown({ count: "1" });
  await two.clickUntil("count", "count", "2");
  assert.equal(await two.error(), undefined);
  assert.equal(await two.inputValue("left"), "typed");
  await one.clickUntil("count", "count", "3");
  for (const tab of [one, two]) {
    await tab.reload();
    await tab.untilShown({ count: "3" });
  }
});

test("the other tab begins anew by itself when one calls end_session()", async () => {
  const visitor = await stage.newVisitor();
  const [one, two] = [await visitor.openTab(), await visitor.openTab()];
  await one.clickUntil("count", "count", "1");
  await two.type("left", "secret");
  await two.clickUntil("count", "count", "2");
  const old = await tokenOf(visitor);
  await one.clickUntil("end", "count", "0");
  await untilNewToken(visitor, old);
  await two.untilShown({ count: "0" });
  await two.clickUntil("count", "count", "1");
  await one.clickUntil("count", "count", "2");
});

test("promise 6 (Isolation): an open page of an attacker who planted the cookie sees nothing of what comes after rotate()", async () => {
  const victim = await stage.newVisitor();
  const attacker = await stage.newVisitor();
  const theirs = await attacker.openTab();
  await theirs.clickUntil("count", "count", "1");
  await victim.context.addCookies(await attacker.context.cookies());
  const app = await victim.openTab();
  await app.untilShown({ count: "1" });
  const old = await tokenOf(victim);
  await app.click("rotate");
  await untilNewToken(victim, old);
  await app.idle();
  await app.clickUntil("count", "count", "2");
  // Their page comes again by itself, to nothing.
  await theirs.untilShown({ count: "0" });
  await theirs.clickUntil("count", "count", "1");
  const again = await StreamlitPage.open(attacker.context, stage.gateway.origin);
  await again.untilShown({ count: "1" });
  await app.reload();
  await app.untilShown({ count: "2" });
});

test("nothing is lost when the page is reloaded at the moment of rotate()", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const old = await tokenOf(visitor);
  // On a busy machine the page may be gone before its click has reached Streamlit.
  await until("a click has come before its reload, and the browser has a new cookie", async () => {
    await app.click("rotate");
    await app.reload();
    await app.untilShown({ count: "1" });
    await app.idle();
    return (await tokenOf(visitor)) !== old;
  });
  await app.untilShown({ count: "1" });
  await app.clickUntil("count", "count", "2");
  await app.reload();
  await app.untilShown({ count: "2" });
});
