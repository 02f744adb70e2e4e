import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py" });

test("promise 4 (Merging): both tabs keep their change when each changes something else on an old page", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await one.type("left", "from one");
  await two.type("right", "from two");
  await one.clickUntil("save left", "left", "from one");
  await two.clickUntil("save right", "right", "from two");
  for (const tab of [one, two]) {
    await tab.reload();
    await tab.untilShown({ left: "from one", right: "from two" });
  }
});

test("promise 4 (Merging): a tab shows what another has done when it runs again", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await one.clickUntil("count", "count", "1");
  await one.clickUntil("count", "count", "2");
  await two.clickUntil("count", "count", "3");
  await one.clickUntil("count", "count", "4");
});

test("promise 4 (Merging): every update counts when three tabs make them at once", async () => {
  const visitor = await stage.newVisitor();
  const tabs = [await visitor.openTab(), await visitor.openTab(), await visitor.openTab()];
  await Promise.all(
    tabs.map(async (tab) => {
      for (let at = 0; at < 4; at++) {
        const before = Number((await tab.shown())["exact"]);
        await tab.click("exact");
        await tab.page.waitForFunction(
          `Number([...document.querySelectorAll('[data-testid="stText"]')].map((e) => e.textContent)
            .find((line) => line.startsWith("exact: "))?.slice(7)) > ${before}`,
        );
        await tab.idle();
      }
    }),
  );
  const [first] = tabs;
  await first?.reload();
  await first?.untilShown({ exact: "12" });
});

test("a first visit in two tabs at once ends in one session, and nothing is lost", async () => {
  const visitor = await stage.newVisitor();
  const [one, two] = await Promise.all([visitor.openTab(), visitor.openTab()]);
  await one.clickUntil("count", "count", "1");
  await two.type("right", "kept");
  await two.clickUntil("save right", "right", "kept");
  await untilBothShow(one, two);
  const cookies = await visitor.context.cookies();
  assert.equal(cookies.filter(({ name }) => name.startsWith("persist-session")).length, 1);
});

test("a first visit in two tabs at once loses nothing when both have stored something before their sessions are joined", async () => {
  const visitor = await stage.newVisitor();
  const held: ((goesOn: boolean) => void)[] = [];
  let isHeld = true;
  await visitor.context.route("**/_persist/join", async (route) => {
    const goesOn = !isHeld || (await new Promise<boolean>((resolve) => held.push(resolve)));
    await (goesOn ? route.continue() : route.abort());
  });
  // Both first requests leave together: the second must not come with the cookie that the first was
  // given.
  const first: (() => void)[] = [];
  await visitor.context.route(
    (url) => url.pathname === "/",
    async (route) => {
      await new Promise<void>((resolve) => {
        first.push(resolve);
        if (first.length === 2) for (const leave of first) leave();
        if (first.length > 2) resolve();
      });
      await route.continue();
    },
  );
  const [one, two] = await Promise.all([visitor.openTab(), visitor.openTab()]);
  await one.clickUntil("count", "count", "1");
  await two.type("right", "kept");
  await two.clickUntil("save right", "right", "kept");
  await until("a page asks for the sessions to be joined", () => held.length > 0);
  isHeld = false;
  // The first request is lost on its way, and the page asks once more.
  for (const [at, release] of held.entries()) release(at > 0);
  await untilBothShow(one, two);
});

/** No page is told when two sessions are one, so both are reloaded until they show it. */
async function untilBothShow(one: StreamlitPage, two: StreamlitPage): Promise<void> {
  await until("both tabs show what either has stored", async () => {
    await Promise.all([one.reload(), two.reload()]);
    const [left, right] = await Promise.all([one.shown(), two.shown()]);
    return [left, right].every((shown) => shown["count"] === "1" && shown["right"] === "kept");
  });
}

test("a duplicated tab has widgets of its own, and the original keeps its own", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  await one.type("left", "mine");
  await one.idle();
  const [popup] = await Promise.all([
    visitor.context.waitForEvent("page"),
    one.page.evaluate("window.open(location.href)"),
  ]);
  const two = new StreamlitPage(popup);
  await two.idle();
  await two.untilInput("left", "");
  await one.clickUntil("save left", "left", "mine");
  await one.reload();
  await one.untilInput("left", "mine");
});
