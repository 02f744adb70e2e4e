import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AppPage } from "../browser/app-page.ts";
import { AppServer } from "../browser/app-server.ts";
import { until } from "../support/until.ts";
import { editCell } from "./edit-cell.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

let express: AppServer;
const stage = useStage(async () => {
  express = await AppServer.start();
  return { app: "examples/streamlit/app.py", stateDirectory: `${express.directory}/state` };
});
after(async () => await express.remove());

async function counter({ page }: StreamlitPage): Promise<string> {
  return ((await page.getByTestId("stMetricValue").first().textContent()) ?? "").trim();
}

async function untilCounter(app: StreamlitPage, value: string): Promise<void> {
  await until(`the counter shows ${value}`, async () => (await counter(app)) === value);
  await app.idle();
}

test("the Streamlit example and the Express example show one counter and one list of notes in one browser", async () => {
  const visitor = await stage.newVisitor();
  const streamlit = await visitor.openTab();
  await streamlit.click("Count");
  await untilCounter(streamlit, "1");
  await streamlit.page.getByRole("textbox", { name: "New note" }).fill("from Streamlit");
  await streamlit.click("Add");
  await streamlit.page.getByText("from Streamlit").waitFor();
  await streamlit.idle();

  const page = await AppPage.open(visitor.context, express.origin);
  const { count, notes } = await page.shown();
  assert.deepEqual({ count, notes }, { count: "1", notes: ["from Streamlit"] });
  await page.count(1);
  await page.addNote("from TypeScript");

  await streamlit.reload();
  await untilCounter(streamlit, "2");
  await streamlit.page.getByText("from TypeScript").waitFor();
  await streamlit.click("Count");
  await untilCounter(streamlit, "3");
  await page.reload();
  assert.equal((await page.shown()).count, "3");
});

test("the Streamlit example has the state that Express made first, and the attributes that only it knows", async () => {
  const visitor = await stage.newVisitor();
  const page = await AppPage.open(visitor.context, express.origin);
  await page.count(1);
  await page.changeSettings({ name: "Ada" });
  const streamlit = await visitor.openTab();
  await untilCounter(streamlit, "1");
  await streamlit.page.getByText("Still to pay").waitFor();
  assert.equal(await streamlit.error(), undefined);
  await page.reload();
  assert.equal((await page.shown()).name, "Ada");
});

test("the Streamlit example keeps the board over a kill of everything, and its filters over a reload", async () => {
  const visitor = await stage.newVisitor();
  const board = await visitor.openTab();
  await board.click("Count");
  await untilCounter(board, "1");
  const filters = await visitor.openTab("books");
  await filters.type("Title contains", "dr");
  await filters.page.getByText("1 of 15 books").waitFor();
  await filters.idle();
  await filters.reload();
  await filters.page.getByText("1 of 15 books").waitFor();
  await filters.untilInput("Title contains", "dr");
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
  await board.reload();
  await untilCounter(board, "1");
});

/** Writes a price into the table until the app has it. */
async function setPrice(app: StreamlitPage, row: number, price: string, sum: string) {
  const { page } = app;
  const isSum = async (): Promise<boolean> => (await page.getByText(sum).count()) > 0;
  await editCell(page, { row, across: 0.5 }, price, isSum);
  await untilToPay(app, sum);
}

async function untilToPay(app: StreamlitPage, sum: string): Promise<void> {
  await app.page.getByTestId("stMetricValue").getByText(sum).waitFor();
  await app.idle();
}

test("the Streamlit example keeps an edited table over a reload and a kill of everything, and goes on from there", async () => {
  const visitor = await stage.newVisitor({ viewport: { width: 900, height: 1200 } });
  const app = await visitor.openTab();
  await untilToPay(app, "258.00");
  await setPrice(app, 2, "300", "318.00");
  await setPrice(app, 3, "20", "320.00");
  await app.reload();
  await untilToPay(app, "320.00");
  await setPrice(app, 3, "30", "330.00");
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
  await app.reload();
  await untilToPay(app, "330.00");
  await setPrice(app, 2, "100", "130.00");
});

test("the Streamlit example forgets everything when its button is pressed", async () => {
  // Wide enough for the sidebar to be open.
  const visitor = await stage.newVisitor({ viewport: { width: 1100, height: 800 } });
  const app = await visitor.openTab();
  await app.click("Count");
  await untilCounter(app, "1");
  await app.click("Forget everything");
  await untilCounter(app, "0");
  await app.reload();
  await untilCounter(app, "0");
});
