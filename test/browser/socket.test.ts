import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { useStage } from "./stage.ts";

const stage = useStage();

test("promise 1 (Reload): nothing typed is lost when the WebSocket was dropped meanwhile", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.untilConnection("online");
  await app.type("before");
  await app.untilSaved();
  await app.page.click("#drop");
  await app.untilConnection("offline");
  await app.type(", meanwhile");
  assert.equal(await app.page.textContent("#saved"), "Not saved yet");
  await app.untilConnection("online");
  await app.untilSaved();
  await app.reload();
  assert.equal((await app.shown()).pad, "before, meanwhile");
});

test("promise 1 (Reload): a message under way is sent again when the server was killed and started again", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.untilConnection("online");
  await app.type("before");
  await app.untilSaved();
  const pid = await app.pid();
  stage.server.freeze();
  await app.type(", under way");
  await stage.server.kill();
  await app.untilConnection("offline");
  await stage.server.startAgain();
  await app.untilConnection("online");
  await app.untilSaved();
  assert.equal(await app.pid(), stage.server.pid);
  assert.notEqual(await app.pid(), pid);
  await app.reload();
  assert.equal((await app.shown()).pad, "before, under way");
});

test("promise 6 (Isolation): a page of another site gets no WebSocket when the browser would send the cookie", async () => {
  const visitor = await stage.newVisitor();
  await visitor.openTab();
  const [cookie] = await visitor.context.cookies();
  const address = stage.server.origin.replace("http", "ws");
  const headers = { cookie: `${cookie?.name}=${cookie?.value}` };
  const foreign = new WebSocket(address, { origin: "http://127.0.0.1:1", headers });
  const [error] = await once(foreign, "error");
  assert.match(String(error), /403/);
  const own = new WebSocket(address, { origin: stage.server.origin, headers });
  await once(own, "open");
  own.close();
  await once(own, "close");
});
