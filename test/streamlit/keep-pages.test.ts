import { test } from "node:test";
import { until } from "../support/until.ts";
import { editCell } from "./edit-cell.ts";
import { allKept, untilKept } from "./kept.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

const stage = useStage({ app: "test/streamlit/apps/kept/pages.py", args: ["--keep"] });

async function restart(tab: StreamlitPage): Promise<void> {
  await tab.page.goto("about:blank");
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
}

async function open(tab: StreamlitPage, path: string): Promise<void> {
  await tab.page.goto(`${stage.gateway.origin}/${path}`);
  await tab.idle();
}

/** Writes a price into the first row of the table until the app shows the total. */
async function edit(tab: StreamlitPage, price: string, total: string): Promise<void> {
  const shows = async (): Promise<boolean> => (await tab.shown())["total"] === total;
  await editCell(tab.page, { row: 1, across: 0.75 }, price, shows);
}

test("a chat goes on after everything was killed", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  const input = tab.page.getByRole("textbox", { name: "say" });
  for (const [at, text] of ["hello", "how are you"].entries()) {
    await input.fill(text);
    await input.press("Enter");
    await tab.untilShown({ messages: String(2 * at + 2) });
  }
  await tab.idle();
  await untilKept(stage.gateway.stateDirectory, visitor.context, "HOW ARE YOU");
  await restart(tab);
  await open(tab, "");
  await tab.untilShown({ messages: "4" });
  await tab.page.getByText("HOW ARE YOU", { exact: true }).waitFor();
});

test("a form over three steps goes on at its step, on its page", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab("wizard");
  for (const step of [1, 2]) {
    await tab.page.getByRole("textbox", { name: `answer ${step}` }).fill(`text ${step}`);
    await tab.clickUntil("next", "step", String(step + 1));
  }
  await untilKept(stage.gateway.stateDirectory, visitor.context, "key:step = J3");
  await restart(tab);
  await open(tab, "wizard");
  await tab.untilShown({ step: "3", answers: "{'a1': 'text 1', 'a2': 'text 2'}" });
  await tab.page.getByRole("textbox", { name: "answer 3" }).fill("last");
  await tab.clickUntil("next", "step", "4");
  await tab.untilShown({ answers: "{'a1': 'text 1', 'a2': 'text 2', 'a3': 'last'}" });
});

test("an edited table keeps its edits, and the page its widgets", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab("table");
  await tab.untilShown({ total: "4.75" });
  await tab.page.getByText("USD", { exact: true }).click();
  await tab.untilShown({ unit: "USD" });
  await edit(tab, "10", "11.25");
  await tab.idle();
  const { total = "" } = await tab.shown();
  await untilKept(stage.gateway.stateDirectory, visitor.context, '"edited_rows": {"0":');
  await restart(tab);
  await open(tab, "table");
  await tab.untilShown({ total, unit: "USD" });
});

test("a run that is cut off by a power failure leaves what the last whole run had", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab("table");
  await untilKept(stage.gateway.stateDirectory, visitor.context, "prices");
  const before = await allKept(stage.gateway.stateDirectory, visitor.context);
  await tab.page.getByText("USD", { exact: true }).click();
  await tab.untilShown({ unit: "USD" });
  await until(
    "that is kept",
    async () => (await allKept(stage.gateway.stateDirectory, visitor.context)) !== before,
  );
  await tab.click("slow");
  await tab.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
  await restart(tab);
  await open(tab, "table");
  await tab.untilShown({ unit: "USD", half: "None" });
});
