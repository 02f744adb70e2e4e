import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY } from "./app-page.ts";
import { useStage, type Visitor } from "./stage.ts";
import { until } from "../support/until.ts";

const stage = useStage();

async function visitorWithState(): Promise<Visitor> {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(1);
  await app.addNote("to be cleared");
  await app.changeSettings({ name: "Ada", theme: "dark" });
  await app.page.close();
  return visitor;
}

test("promise 5 (Clear is final): every open tab is empty when one has cleared", async () => {
  const visitor = await visitorWithState();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await right.untilConnection("online");
  await left.clear();
  assert.deepEqual(await left.shown(), EMPTY);
  await right.untilShown(EMPTY);
  for (const tab of [left, right]) {
    await tab.reload();
    assert.deepEqual(await tab.shown(), EMPTY);
  }
});

test("promise 5 (Clear is final): what a tab had not sent yet does not come back when another has cleared", async () => {
  const visitor = await visitorWithState();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await right.untilConnection("online");
  await right.page.click("#drop");
  await right.untilConnection("offline");
  await right.type("late");
  await left.clear();
  await right.untilShown(EMPTY);
  await right.untilConnection("online");
  await left.reload();
  assert.deepEqual(await left.shown(), EMPTY);
});

test("promise 5 (Clear is final): messages that are under way write nothing when a tab clears", async () => {
  const visitor = await visitorWithState();
  const left = await visitor.openTab();
  const since = await left.page.getAttribute("body", "data-since");
  // A page without the example's own script, so that nothing holds the messages back.
  const writer = await visitor.context.newPage();
  await writer.goto(`${stage.server.origin}/icon.svg`);
  await writer.evaluate(`
    const socket = new WebSocket(location.origin.replace("http", "ws"));
    const write = () => socket.send(JSON.stringify({ since: "${since}", text: "late " + Math.random() }));
    // Eight are always on their way: each answer is answered with the next.
    socket.onopen = () => { for (let at = 0; at < 8; at++) write(); };
    socket.onmessage = ({ data }) => { if (JSON.parse(data).saved) write(); };
    socket.onclose = ({ code }) => { globalThis.closedWith = code; };
  `);
  await left.untilStored("late");
  await left.clear();
  await until(
    "the writer's socket is closed",
    async () => (await writer.evaluate("globalThis.closedWith")) !== undefined,
  );
  assert.deepEqual(await left.shown(), EMPTY);
  await left.reload();
  assert.deepEqual(await left.shown(), EMPTY);
});

test("promise 5 (Clear is final): the cookie from before opens nothing when it is sent again", async () => {
  const visitor = await visitorWithState();
  const [old] = await visitor.context.cookies();
  assert.ok(old);
  const app = await visitor.openTab();
  await app.clear();
  const [fresh] = await visitor.context.cookies();
  assert.notEqual(fresh?.value, old.value);
  const late = await stage.newVisitor();
  await late.context.addCookies([old]);
  const lateApp = await late.openTab();
  assert.deepEqual(await lateApp.shown(), EMPTY);
  await lateApp.addNote("late");
  await app.reload();
  assert.deepEqual(await app.shown(), EMPTY);
});

test("the notes alone are gone when they are deleted all at once", async () => {
  const visitor = await visitorWithState();
  const app = await visitor.openTab();
  await app.page.click("#delete-all");
  await app.untilShown({ notes: [], count: "1", name: "Ada" });
});
