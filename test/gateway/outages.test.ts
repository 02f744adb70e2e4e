import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { add, openTab, shown, untilShown, useStage } from "./stage.ts";

const stage = useStage();

test("the open page runs again by itself and no click is lost when Streamlit is killed and comes back", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  const before = await add(page);
  await stage.streamlit.kill();
  await stage.streamlit.startAgain();
  const after = await untilShown(page, "it has run again", ({ mark }) => mark !== before.mark);
  assert.equal(after.count, 0);
  assert.equal(after.session, before.session);
  assert.equal((await add(page)).count, 1);
});

test("the page keeps its Streamlit session when the gateway is ended and another one starts", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  const before = await add(page);
  await stage.restartGateway();
  const after = await add(page);
  assert.equal(after.mark, before.mark);
  assert.equal(after.count, 2);
  await page.reload();
  assert.equal((await shown(page)).mark, before.mark);
});

test("the page keeps its Streamlit session when its network goes away and comes back", async () => {
  const context = await stage.newContext();
  const noticed = new Promise<void>((resolve) => {
    context.on("page", (opened) => {
      opened.on("websocket", (socket) => socket.on("close", () => resolve()));
    });
  });
  const page = await openTab(context, stage.url);
  const before = await add(page);
  stage.cutSockets();
  // Until the browser knows that the connection is gone, it sends a click into nowhere: no page can
  // tell.
  await noticed;
  const after = await add(page);
  assert.equal(after.mark, before.mark);
  assert.equal(after.count, 2);
});

test("the open page gets the new session's cookie, and the other tab follows, when the session is rotated", async () => {
  const context = await stage.newContext();
  const asking = await openTab(context, stage.url);
  const other = await openTab(context, stage.url);
  const [one, two] = [await add(asking), await add(other)];
  const from = one.session;
  const to = randomUUID();
  const { store } = stage.sessions.engine;
  await store.clear(`b:${from}`, { commitId: randomUUID(), until: Date.now() + 60_000 });
  stage.gateway.sessionMoved({ from, to, reason: "rotated", tab: one.tab, ephemeral: false });
  const followed = await untilShown(other, "it has come again", ({ session }) => session === to);
  assert.equal(followed.mark, two.mark);
  await asking.reload();
  const again = await shown(asking);
  assert.equal(again.session, to);
  assert.equal(again.mark, one.mark);
  assert.equal(again.count, 1);
});

test("the other tab begins anew when the session is ended", async () => {
  const context = await stage.newContext();
  const asking = await openTab(context, stage.url);
  const other = await openTab(context, stage.url);
  const [one, two] = [await add(asking), await add(other)];
  const from = one.session;
  const to = randomUUID();
  const { store } = stage.sessions.engine;
  await store.clear(`b:${from}`, { commitId: randomUUID(), until: Date.now() + 60_000 });
  stage.gateway.sessionMoved({ from, to, reason: "ended", tab: one.tab, ephemeral: false });
  const anew = await untilShown(other, "it has come again", ({ session }) => session === to);
  assert.notEqual(anew.mark, two.mark);
  assert.equal(anew.count, 0);
});
