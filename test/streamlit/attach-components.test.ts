import assert from "node:assert/strict";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ app: "test/streamlit/apps/mounting/app.py" });

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

async function say(app: StreamlitPage, text: string): Promise<void> {
  const input = app.page.locator('[data-testid="stChatInputTextArea"]');
  await input.fill(text);
  await input.press("Enter");
}

/** The page once its component has reported, and the number of the run that comes next. */
async function open(path = ""): Promise<{ app: StreamlitPage; next: number }> {
  const app = await (await stage.newVisitor()).openTab(path);
  const name = path === "" ? "outer" : "inner";
  await app.untilShown({ [name]: "{'a': 1, 'count': 0}" });
  await app.idle();
  await app.type("Name", "Ada");
  await app.untilShown({ name: "Ada" });
  await app.idle();
  return { app, next: Number((await app.shown())["runs"]) + 1 };
}

/** The component of the page that has just been loaded. */
async function untilMounted(app: StreamlitPage): Promise<void> {
  await app.page.frameLocator("iframe").getByText("mounted").waitFor();
}

for (const path of ["", "?inner=yes"])
  test(`a component that reports when it is mounted ends no run that its page has joined${path === "" ? "" : " (in a fragment)"}`, async () => {
    const { app, next } = await open(path);
    const before = await app.shown();
    await say(app, "60");
    for (const at of [5, 15]) {
      await app.page.getByText(`line ${at}: ${next}`).waitFor();
      await app.page.reload();
      await untilMounted(app);
    }
    await app.untilShown({ messages: "1" });
    await app.idle();
    const shown = await app.shown();
    assert.equal(shown["runs"], String(next), "no other run has begun");
    assert.equal(await app.page.getByText(/^line \d+: /).count(), 60);
    assert.equal(shown["name"], "Ada");
    assert.equal(Number(shown["pieces"] ?? 0) <= Number(before["pieces"] ?? 0) + 1, true);
    await app.untilInput("Name", "Ada");
    // It is a page like any other from now on.
    await app.type("Name", "Eve");
    await app.untilShown({ name: "Eve", runs: String(next + 1) });
  });

test("what a person does in such a page ends the run as always, also in the component", async () => {
  // The page does not hear a component that it has not begun to draw yet.
  const press = async (app: StreamlitPage): Promise<void> =>
    await until("the page has heard its component", async () => {
      await app.page.frameLocator("iframe").getByRole("button", { name: "press" }).click();
      return (await app.shown())["outer"] === "{'a': 1, 'count': 1}";
    });
  const change: Record<string, (app: StreamlitPage) => Promise<void>> = {
    "{'a': 1, 'count': 1}": press,
    True: async (app) => await app.page.getByText("Check", { exact: true }).click(),
    Eve: async (app) => await app.type("Name", "Eve"),
    two: async (app) => await app.choose("Fresh", "two"),
  };
  const where: Record<string, string> = { True: "check", Eve: "name", two: "runs" };
  for (const [value, act] of Object.entries(change)) {
    const { app, next } = await open();
    await say(app, "600");
    await app.page.getByText(`line 5: ${next}`).waitFor();
    await app.page.reload();
    await untilMounted(app);
    await app.page.getByText(`line 15: ${next}`).waitFor();
    assert.equal((await app.shown())["runs"], String(next), "it has joined");
    await act(app);
    await app.untilShown({ [where[value] ?? "outer"]: value === "two" ? String(next + 1) : value });
    await app.idle();
  }
});
