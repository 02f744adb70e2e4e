import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY } from "./app-page.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

test("promise 6 (Isolation): two browsers never see each other's state when both work at once", async () => {
  const [ada, grace] = await Promise.all([stage.newVisitor(), stage.newVisitor()]);
  const [hers, others] = await Promise.all([ada.openTab(), grace.openTab()]);
  await Promise.all([
    (async () => {
      await hers.count(3);
      await hers.addNote("Ada's");
      await hers.changeSettings({ name: "Ada" });
    })(),
    (async () => {
      await others.count(1);
      await others.addNote("Grace's");
      await others.changeSettings({ name: "Grace" });
    })(),
  ]);
  await Promise.all([hers.reload(), others.reload()]);
  assert.deepEqual(await hers.shown(), { ...EMPTY, count: "3", notes: ["Ada's"], name: "Ada" });
  assert.deepEqual(await others.shown(), {
    ...EMPTY,
    count: "1",
    notes: ["Grace's"],
    name: "Grace",
  });
});

test("promise 6 (Isolation): a forged cookie gives a fresh state and harms no visitor when it names another's session", async () => {
  const owner = await stage.newVisitor();
  const app = await owner.openTab();
  await app.count(5);
  const [cookie] = await owner.context.cookies();
  assert.ok(cookie);
  const [id = "", mac = ""] = cookie.value.split(".");
  const otherMac = (mac.startsWith("A") ? "B" : "A") + mac.slice(1);
  const forged = [`${id}.${otherMac}`, `${id}.`, id, `${id.toUpperCase()}.${mac}`, "none.of.it"];
  for (const value of forged) {
    const thief = await stage.newVisitor();
    await thief.context.addCookies([{ ...cookie, value }]);
    const stolen = await thief.openTab();
    assert.deepEqual(await stolen.shown(), EMPTY, value);
    await stolen.clear();
    await stolen.addNote("the thief's");
    await thief.context.close();
  }
  await app.reload();
  assert.deepEqual(await app.shown(), { ...EMPTY, count: "5" });
});
