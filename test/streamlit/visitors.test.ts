import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutCookies } from "../browser/cookieless.ts";
import { rawVisit } from "./raw-visit.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";

// Without resume, so that what a reload shows has come from the store.
const stage = useStage({ app: "test/streamlit/apps/persisted.py", args: ["--no-resume"] });
const VISITORS = 8;

test("promise 6 (Isolation): each of eight visitors keeps every click of their own when all click at once", async () => {
  const visitors = await Promise.all(
    Array.from({ length: VISITORS }, async () => await stage.newVisitor()),
  );
  const tabs = await Promise.all(visitors.map(async (visitor) => await visitor.openTab()));
  await Promise.all(
    tabs.map(async (tab, at) => {
      // Each another number of clicks, so that a swap would show.
      for (let click = 1; click <= at + 1; click++) {
        await tab.clickUntil("count", "count", String(click));
      }
    }),
  );
  await Promise.all(tabs.map(async (tab) => await tab.reload()));
  const counts = await Promise.all(tabs.map(async (tab) => (await tab.shown())["count"]));
  assert.deepEqual(
    counts,
    tabs.map((_, at) => String(at + 1)),
  );
});

const COOKIE = /^(__Host-)?persist-session/;

test("promise 6 (Isolation): a forged, cut or foreign cookie opens nothing and deletes nothing", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const cookie = (await visitor.context.cookies()).find(({ name }) => COOKIE.test(name));
  assert.ok(cookie);
  const [id = "", mac = ""] = cookie.value.split(".");
  const forged = [
    `${id}.${"A".repeat(mac.length)}`,
    id,
    `${id}.`,
    cookie.value.slice(0, -1),
    `${id.toUpperCase()}.${mac}`,
    `../../../etc/passwd.${mac}`,
    "%00",
  ];
  for (const value of forged) {
    const stranger = await stage.newVisitor();
    await stranger.context.addCookies([{ ...cookie, value }]);
    const tab = await stranger.openTab();
    await tab.untilShown({ count: "0" });
    await tab.clickUntil("count", "count", "1");
    await stranger.context.close();
  }
  await app.reload();
  await app.untilShown({ count: "1" });
});

test("promise 6 (Isolation): a header that a client sends under the gateway's name is not believed", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const cookie = (await visitor.context.cookies()).find(({ name }) => COOKIE.test(name));
  const [session] = (cookie?.value ?? "").split(".");
  const claims = { v: 1, s: session, t: "tab", p: "resume", e: Date.now() + 60_000 };
  const forged = `${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${"A".repeat(43)}`;
  const { origin } = stage.gateway;
  const seen = await rawVisit(origin, "count", { "x-persist-session": forged });
  assert.equal(seen, "0");
  // The same visit with the cookie is one of that browser, so the line above could have failed.
  const own = await rawVisit(origin, "count", { cookie: `${cookie?.name}=${cookie?.value}` });
  assert.equal(own, "1");
  await app.reload();
  await app.untilShown({ count: "1" });
});

test("a browser without cookies has a working app whose state lives with the page", async () => {
  await withoutCookies(async (context) => {
    const app = await StreamlitPage.open(context, stage.gateway.origin);
    await app.clickUntil("count", "count", "1");
    await app.clickUntil("count", "count", "2");
    assert.deepEqual(await context.cookies(), []);
  });
});
