import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { useStage } from "./stage.ts";

// Without resume, so that nothing but the stored state can bring a value back.
const stage = useStage({
  app: "test/streamlit/apps/older_package.py",
  args: ["--no-resume"],
  env: { STREAMLIT_PERSIST_SECRET_KEY: "a passphrase of the operator" },
});

test("an app for streamlit-persist-session 0.2.0 shows after a reload what it kept, and not what it kept out", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  const fresh = { plan: "trial", logins: "0", token: "none", connected: "False", cached: "0" };
  await app.untilShown({ seen: "0", key: "account", ...fresh });
  await app.clickUntil("visit", "seen", "1");
  await app.clickUntil("visit", "words", "['w1', 'w2']");
  await app.clickUntil("upgrade", "plan", "paid");
  await app.clickUntil("log in", "connected", "True");
  const secret = { token: "a token of this visitor", connected: "True", cached: "1" };
  await app.untilShown({ seen: "2", logins: "1", ...secret });
  // In memory it outlives the runs of a page.
  await app.clickUntil("visit", "seen", "3");
  await app.untilShown(secret);

  await app.reload();
  const kept = { seen: "3", words: "['w1', 'w2', 'w3']", plan: "paid", logins: "1" };
  await app.untilShown({ ...kept, token: "none", connected: "False", cached: "0" });
  const [cookie] = await visitor.context.cookies();
  assert.match(cookie?.name ?? "", /^persist-session-[0-9a-f]{8}$/);

  await app.clickUntil("forget visits", "seen", "0");
  await app.untilShown({ words: "[]", plan: "paid" });
  await app.reload();
  await app.untilShown({ seen: "0", plan: "paid" });
});

test("an app for streamlit-persist-session 0.2.0: what is kept out is in no file of the store", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("log in", "logins", "1");
  const files = readdirSync(stage.gateway.stateDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  assert.ok(files.length > 0);
  for (const text of ["a token of this visitor", "_ephemeral_cache", "a passphrase of"])
    assert.ok(files.every((file) => !file.includes(text)));
});

test("an app for streamlit-persist-session 0.2.0: its sessions survive a restart by the passphrase alone", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("visit", "seen", "1");
  // Once a class, however many runs and visitors there were.
  const warned = stage.gateway.printed.match(/Account\(…\) was called with arguments/g) ?? [];
  assert.equal(warned.length, 1);
  await stage.gateway.stop();
  assert.ok(!readdirSync(stage.gateway.stateDirectory).includes("secret"));
  await stage.gateway.startAgain();
  await app.reload();
  await app.untilShown({ seen: "1" });
});
