import assert from "node:assert/strict";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ app: "test/streamlit/apps/switching.py" });

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

async function say(app: StreamlitPage, text: string): Promise<void> {
  const input = app.page.locator('[data-testid="stChatInputTextArea"]');
  await input.fill(text);
  await input.press("Enter");
}

const path = (app: StreamlitPage): string => new URL(app.page.url()).pathname;

/** The page shows this page of the app, and nothing of the other. */
async function untilAt(app: StreamlitPage, page: "first" | "second"): Promise<void> {
  await app.untilShown({ page });
  await app.idle();
  const texts = await app.page.locator('[data-testid="stText"]').allTextContents();
  const other = page === "first" ? "second" : "first";
  assert.deepEqual(
    texts.filter((text) => /^(line|piece) /.test(text) || text === `page: ${other}`),
    [],
  );
  assert.equal(path(app), page === "first" ? "/" : "/second");
}

test("a run that ends by st.switch_page takes the page that joined it along, there and back", async () => {
  const app = await (await stage.newVisitor()).openTab();
  await say(app, "60");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("line 3: ").waitFor();
  await app.untilShown({ switches: "1" });
  await untilAt(app, "second");
  await app.type("Name", "typed");
  await app.untilShown({ name: "typed" });
  await app.click("back");
  await app.page.getByText("piece 3: ").waitFor();
  await app.page.reload();
  await app.untilShown({ switches: "2" });
  await untilAt(app, "first");
});

test("a page that was brought to another by st.switch_page is that one after a reload", async () => {
  const app = await (await stage.newVisitor()).openTab();
  await say(app, "1");
  await untilAt(app, "second");
  await app.type("Name", "typed");
  await app.untilShown({ name: "typed" });
  await app.idle();
  await app.reload();
  await untilAt(app, "second");
  await app.untilShown({ name: "typed", switches: "1" });
  await app.untilInput("Name", "typed");
});

test("a run that has switched the page while no page was there leaves the address its own page", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await say(app, "20");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.goto("about:blank");
  const other = await (await stage.newVisitor()).openTab();
  // It writes more lines, so the other run has ended before.
  await say(other, "40");
  await untilAt(other, "second");
  await app.page.goBack();
  await app.untilShown({ page: "first", switches: "1" });
  await untilAt(app, "first");
});

test("st.switch_page by a click in the page that joined a run ends that run, and counts once", async () => {
  const app = await (await stage.newVisitor()).openTab();
  await say(app, "300");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("line 3: ").waitFor();
  await say(app, "1");
  await untilAt(app, "second");
  await app.untilShown({ switches: "1" });
});
