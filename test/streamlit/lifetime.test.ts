import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";

const stage = useStage({
  app: "test/streamlit/apps/persisted.py",
  args: ["--max-lifetime", "20s"],
});

test("an open page whose session has had its time goes on with a fresh one, under another cookie", async () => {
  const visitor = await stage.newVisitor();
  const cookie = async () => (await visitor.context.cookies())[0]?.value;
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const before = await cookie();
  await app.untilShown({ count: "0" });
  await app.idle();
  await app.reload();
  await app.untilShown({ count: "0" });
  assert.notEqual(await cookie(), before);
});
