import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { useStage, type Visitor } from "./stage.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py" });

async function sessionCookie({ context }: Visitor) {
  const cookie = (await context.cookies()).find(({ name }) => name.includes("persist-session"));
  assert.ok(cookie, "the browser has our cookie");
  return cookie;
}

/** Waits until the page has taken over a cookie other than this. */
async function untilCookieIsNot(visitor: Visitor, old: string): Promise<void> {
  await until("the page has its new cookie", async () => {
    const { value } = await sessionCookie(visitor);
    return value !== old;
  });
}

test("promise 5 (Clear is final): the state is fresh in every tab when one has cleared it", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await one.clickUntil("count", "count", "1");
  await two.clickUntil("count", "count", "2");
  await one.clickUntil("clear", "count", "0");
  await two.clickUntil("count", "count", "1");
  await one.reload();
  await one.untilShown({ count: "1" });
});

test("promise 5 (Clear is final): nothing comes back when every process is killed after a clear", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  await app.clickUntil("clear", "count", "0");
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
  await app.reload();
  await app.untilShown({ count: "0" });
});

test("promise 5 (Clear is final): the cookie from before opens nothing when the session was ended", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const old = await sessionCookie(visitor);
  await app.clickUntil("end", "count", "0");
  await untilCookieIsNot(visitor, old.value);
  const replayed = await stage.newVisitor();
  await replayed.context.addCookies([old]);
  const late = await replayed.openTab();
  await late.untilShown({ count: "0" });
  await late.clickUntil("count", "count", "1");
  await late.clickUntil("count", "count", "2");
  await app.clickUntil("count", "count", "1");
  await app.reload();
  await app.untilShown({ count: "1" });
});

test("rotate() keeps the state under a new cookie, and the old one opens nothing", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const old = await sessionCookie(visitor);
  await app.click("rotate");
  await untilCookieIsNot(visitor, old.value);
  await app.idle();
  await app.clickUntil("count", "count", "2");
  await app.reload();
  await app.untilShown({ count: "2" });
  const replayed = await stage.newVisitor();
  await replayed.context.addCookies([old]);
  await (await replayed.openTab()).untilShown({ count: "0" });
});
