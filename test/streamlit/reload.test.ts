import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

// Without resume, so that nothing but the stored state can bring a value back.
const stage = useStage({ app: "test/streamlit/apps/persisted.py", args: ["--no-resume"] });

test("promise 1 (Reload): a reload shows every change when the page was idle", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  for (const value of ["1", "2", "3"]) await app.clickUntil("count", "count", value);
  await app.reload();
  await app.untilShown({ count: "3" });
});

test("promise 3 (Nested changes): a reload shows what changed in place within lists, dicts and sets", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("item", "items", "[0]");
  await app.clickUntil("item", "items", "[0, 1]");
  await app.reload();
  await app.untilShown({ items: "[0, 1]", nested: "['n1', 'n2']" });
});

test("promise 1 (Reload): a change is kept when the run ends by st.stop or an exception", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("stop", "stopped", "yes");
  await app.reload();
  await app.untilShown({ count: "10" });
  await app.click("raise");
  await app.page.getByText("the app's own mistake").first().waitFor();
  await app.idle();
  await app.reload();
  await app.untilShown({ count: "110" });
});

const kills: [name: string, kill: (app: StreamlitPage) => Promise<void>][] = [
  [
    "Streamlit",
    async (app) => {
      const pid = await stage.gateway.killStreamlit();
      await app.reload();
      assert.notEqual((await app.shown())["pid"], String(pid));
    },
  ],
  [
    "the gateway",
    async () => {
      await stage.gateway.killGateway();
      await stage.gateway.startAgain();
    },
  ],
  [
    "every process",
    async () => {
      await stage.gateway.killBoth();
      await stage.gateway.startAgain();
    },
  ],
];

for (const [name, kill] of kills) {
  test(`promise 1 (Reload): every change is there when ${name} is killed with SIGKILL between a click and a reload`, async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("count", "count", "1");
    await app.clickUntil("item", "items", "[0]");
    await app.clickUntil("count", "count", "2");
    await kill(app);
    await app.reload();
    await app.untilShown({ count: "2", items: "[0]" });
  });
}
