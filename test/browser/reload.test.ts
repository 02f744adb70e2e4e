import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";

const stage = useStage();

test("promise 1 (Reload): a reload shows every change when the page had answered", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(3);
  await app.addNote("one");
  await app.addNote("two");
  await app.addNote("three");
  await app.deleteNote("two");
  await app.changeSettings({ name: "Ada", theme: "dark", accent: "teal", times: false });
  await app.untilConnection("online");
  await app.type("first line\nsecond line");
  await app.untilSaved();
  await app.reload();
  assert.deepEqual(await app.shown(), {
    count: "3",
    notes: ["one", "three"],
    pad: "first line\nsecond line",
    name: "Ada",
    theme: "dark",
    accent: "teal",
    times: false,
  });
});

test("promise 1 (Reload): going back shows what is stored and not an old page", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.page.goto(`${stage.server.origin}/icon.svg`);
  const other = await visitor.openTab();
  await other.count(2);
  await app.page.goBack();
  await app.untilShown({ count: "2" });
});

test("promise 7 (Stored bytes are data): what a visitor wrote is shown as text when it looks like HTML", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  const text = `</textarea><script>document.title="taken"</script><img src=x onerror=alert(1)>"'&amp;`;
  await app.addNote(text);
  await app.changeSettings({ name: `"><b>` });
  await app.untilConnection("online");
  await app.type(`\n${text}`);
  await app.untilSaved();
  await app.reload();
  const { notes, name, pad } = await app.shown();
  assert.deepEqual({ notes, name, pad }, { notes: [text], name: `"><b>`, pad: `\n${text}` });
  assert.match(await app.page.title(), /^Try to lose this/);
});

test("promise 1 (Reload): forms keep everything when JavaScript is off", async () => {
  const visitor = await stage.newVisitor({ javaScriptEnabled: false });
  const app = await visitor.openTab();
  await app.count(2);
  await app.addNote("without a script");
  await app.changeSettings({ name: "Grace", accent: "rose" });
  await app.writePad("\nline\nline");
  await app.page.click("#reload");
  const { page } = app;
  assert.equal(await page.textContent("#count"), "2");
  assert.deepEqual(await page.locator(".note").allTextContents(), ["without a script"]);
  assert.equal(await page.inputValue("#name"), "Grace");
  assert.equal(await page.inputValue("#accent"), "rose");
  assert.equal(await page.inputValue("#pad"), "\nline\nline");
});
