import assert from "node:assert/strict";
import { test } from "node:test";
import { persistSession } from "../cli/command.ts";
import { until } from "../support/until.ts";
import { framesOf, recordFrames } from "./frames.ts";
import { allKept, untilKept } from "./kept.ts";
import { useStage } from "./stage.ts";
import { ownerOf } from "./stored.ts";
import { StreamlitPage } from "./streamlit-page.ts";

const stage = useStage({ app: "test/streamlit/apps/kept/dashboard.py", args: ["--keep"] });
const VISITORS = 8;

/** Changes a value of each kind. */
async function fill(tab: StreamlitPage): Promise<void> {
  await tab.clickUntil("count", "count", "1");
  await tab.clickUntil("count", "count", "2");
  await tab.clickUntil("tag", "home", "Region(name='home', tags=['new'])");
  for (const [label, text] of [
    ["city", "Berlin"],
    ["name", "Ada"],
    ["secret", "open sesame"],
    ["keyed secret", "sesame, too"],
  ] as const) {
    await tab.type(label, text);
    await tab.untilShown({ [label]: `'${text}'` });
  }
  await tab.page.getByText("only new", { exact: true }).click();
  await tab.untilShown({ "only new": "True" });
  const region = tab.page.getByTestId("stSelectbox").getByRole("combobox");
  await region.click();
  await region.fill("south");
  await region.press("Enter");
  await tab.untilShown({ region: "Region(name='south', tags=['warm'])" });
  await tab.idle();
}

const FILLED = {
  count: "2",
  log: "[1, 1]",
  home: "Region(name='home', tags=['new'])",
  city: "'Berlin'",
  name: "'Ada'",
  "only new": "True",
  region: "Region(name='south', tags=['warm'])",
  secret: "''",
  "keyed secret": "''",
};

async function restartStreamlit(): Promise<void> {
  const killed = await stage.gateway.killStreamlit();
  await until("Streamlit is back", async () => {
    const { streamlitPid } = stage.gateway;
    return (
      streamlitPid !== undefined && streamlitPid !== killed && (await stage.gateway.isHealthy())
    );
  });
}

async function restartGateway(): Promise<void> {
  await stage.gateway.killGateway();
  await stage.gateway.startAgain();
}

async function restartBoth(): Promise<void> {
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
}

/** An open page would tell the new Streamlit what stands in its widgets. */
async function leaveAndComeBack(tab: StreamlitPage, restart = restartStreamlit): Promise<void> {
  await tab.page.goto("about:blank");
  await restart();
  await tab.page.goto(stage.gateway.origin);
  await tab.idle();
}

for (const [what, restart] of [
  ["Streamlit was killed", restartStreamlit],
  ["the gateway was killed", restartGateway],
  ["both were killed", restartBoth],
] as const) {
  test(`an app that was not edited goes on after ${what}: its keys, its widgets, in the first frame`, async () => {
    const visitor = await stage.newVisitor();
    const tab = await visitor.openTab();
    await fill(tab);
    // The region is the last of what was changed.
    await untilKept(stage.gateway.stateDirectory, visitor.context, "key:count = J2", "south");
    assert.doesNotMatch(await allKept(stage.gateway.stateDirectory, visitor.context), /sesame/);
    await recordFrames(tab.page);
    await leaveAndComeBack(tab, restart);
    await tab.untilShown(FILLED);
    await tab.untilInput("city", "Berlin");
    await tab.untilInput("name", "Ada");
    await tab.untilInput("secret", "");
    assert.deepEqual(await framesOf(tab.page, "count"), ["2"]);
    assert.deepEqual(await framesOf(tab.page, "city at first"), ["Berlin"]);
    assert.deepEqual(await framesOf(tab.page, "name"), ["'Ada'"]);
    assert.deepEqual(await framesOf(tab.page, "region"), [FILLED.region]);
    // The next click begins from there.
    await tab.clickUntil("count", "count", "3");
    await tab.untilShown({ ...FILLED, count: "3", log: "[1, 1, 1]" });
  });
}

test("an open page goes on by itself after Streamlit was killed, and its next click counts", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  await tab.clickUntil("count", "count", "1");
  await tab.type("name", "Bob");
  await tab.untilShown({ name: "'Bob'" });
  await untilKept(stage.gateway.stateDirectory, visitor.context, "Bob");
  const { pid } = await tab.shown();
  await restartStreamlit();
  await until("the new Streamlit has run", async () => (await tab.shown())["pid"] !== pid);
  await tab.idle();
  await tab.untilShown({ count: "1", name: "'Bob'", "count at first": "1" });
  await tab.clickUntil("count", "count", "2");
});

test("what was cleared or deleted in a run does not come back, however soon Streamlit is killed after it", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  await tab.clickUntil("count", "count", "1");
  await tab.type("city", "Paris");
  await tab.untilShown({ city: "'Paris'" });
  await untilKept(stage.gateway.stateDirectory, visitor.context, "key:count = J1");
  await tab.clickUntil("delete", "log", "[]");
  await leaveAndComeBack(tab);
  await tab.untilShown({ count: "1", log: "[]" });

  await tab.clickUntil("clear", "count", "0");
  await leaveAndComeBack(tab);
  await tab.untilShown({ count: "0", city: "''" });
});

test("each of two tabs has its own, and a new tab begins anew", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await one.clickUntil("count", "count", "1");
  await two.clickUntil("count", "count", "1");
  await two.clickUntil("count", "count", "2");
  await one.type("name", "first tab");
  await one.untilShown({ name: "'first tab'" });
  await untilKept(stage.gateway.stateDirectory, visitor.context, "first tab");
  await restartStreamlit();
  await Promise.all([one.reload(), two.reload()]);
  await one.untilShown({ count: "1", name: "'first tab'" });
  await two.untilShown({ count: "2", name: "''" });
  await (await visitor.openTab()).untilShown({ count: "0" });
});

test("a duplicated tab begins with a copy and goes on by itself; a tab that the page opens begins anew", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  await one.clickUntil("count", "count", "1");
  await one.type("name", "copied");
  await one.untilShown({ name: "'copied'" });
  await untilKept(stage.gateway.stateDirectory, visitor.context, "copied");
  // As browsers do for a duplicate: the new tab has what the original's sessionStorage holds at
  // that moment.
  const held = await one.page.evaluate<Record<string, string>>("({ ...sessionStorage })");
  const page = await visitor.context.newPage();
  await page.addInitScript({
    content: `if (sessionStorage.length === 0)
      for (const [name, value] of Object.entries(${JSON.stringify(held)})) sessionStorage.setItem(name, value);`,
  });
  const two = new StreamlitPage(page);
  await page.goto(stage.gateway.origin);
  await two.untilShown({ count: "1", name: "'copied'" });
  await two.idle();
  await two.clickUntil("count", "count", "2");
  await two.reload();
  await two.untilShown({ count: "2" });
  await one.reload();
  await one.untilShown({ count: "1", name: "'copied'" });
  const [popup] = await Promise.all([
    visitor.context.waitForEvent("page"),
    one.page.evaluate("window.open(location.href)"),
  ]);
  await new StreamlitPage(popup).untilShown({ count: "0", name: "''" });
});

test("each of eight visitors goes on with their own, and an operator sees them", async () => {
  const visitors = await Promise.all(
    Array.from({ length: VISITORS }, async () => await stage.newVisitor()),
  );
  const tabs = await Promise.all(visitors.map(async (visitor) => await visitor.openTab()));
  await Promise.all(
    tabs.map(async (tab, at) => {
      await tab.type("city", `city of ${at}`);
      await tab.untilShown({ city: `'city of ${at}'` });
      await tab.idle();
    }),
  );
  for (const [at, { context }] of visitors.entries())
    await untilKept(stage.gateway.stateDirectory, context, `city of ${at}`);
  const health = await fetch(`${stage.gateway.origin}/_persist/health`);
  const { status, keptTabs } = (await health.json()) as { status: string; keptTabs: number };
  assert.equal(status, "ok");
  assert.ok(keptTabs >= VISITORS, String(keptTabs));
  const store = ["--store", `lmdb:${stage.gateway.stateDirectory}`];
  const { stdout } = await persistSession(["sessions", ...store]);
  const [first] = visitors;
  assert.ok(first !== undefined);
  const ofFirst = (await ownerOf(first.context)).replace("b:", "t:");
  const line = stdout.split("\n").find((text) => text.startsWith(ofFirst)) ?? "";
  assert.match(line, /st\.session_state$/);
  const tabOwner = line.split(" ")[0] ?? "";
  const shown = await persistSession(["show", tabOwner, ...store]);
  assert.match(shown.stdout, /key:count .*JSON/);
  assert.doesNotMatch(shown.stdout, /city of/);
  await restartStreamlit();
  await Promise.all(tabs.map(async (tab) => await tab.reload()));
  await Promise.all(tabs.map(async (tab, at) => await tab.untilShown({ city: `'city of ${at}'` })));
});
