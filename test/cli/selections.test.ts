import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { useStage } from "../streamlit/stage.ts";
import type { StreamlitPage } from "../streamlit/streamlit-page.ts";

const stage = useStage({ app: "test/cli/apps/selections.py" });
const CHARTS = ["free", "keyed"];

async function open(): Promise<StreamlitPage> {
  const visitor = await stage.newVisitor({ viewport: { width: 700, height: 1200 } });
  const app = await visitor.openTab();
  await untilDrawn(app);
  return app;
}

/** Until then what stands below the charts moves. */
async function untilDrawn({ page }: StreamlitPage): Promise<void> {
  const drawn = page.locator('[data-testid="stVegaLiteChart"]:has(.marks)');
  await until("both charts are drawn", async () => (await drawn.count()) === CHARTS.length);
}

/** What the charts look like; some versions draw them on a canvas. */
async function picture({ page }: StreamlitPage): Promise<string> {
  await page.mouse.move(0, 0);
  const charts = await page.locator('[data-testid="stVegaLiteChart"]').all();
  const shots = await Promise.all(charts.map(async (chart) => await chart.screenshot()));
  return shots.map((shot) => shot.toString("base64")).join();
}

/** Clicks a bar of each chart: "a", "b" or "c". */
async function pick(app: StreamlitPage, letter: string): Promise<void> {
  for (const [at, name] of CHARTS.entries()) {
    const chart = app.page.locator('[data-testid="stVegaLiteChart"]').nth(at);
    const { width = 0 } = (await chart.boundingBox()) ?? {};
    const x = 40 + ((width - 40) * ("abc".indexOf(letter) + 0.5)) / 3;
    await chart.click({ position: { x, y: 90 } });
    await app.untilShown({ [name]: `['${letter}']` });
    await app.idle();
  }
}

test("a chart shows nothing selected after a reload, and Python has heard so, also over later clicks", async () => {
  const app = await open();
  const nothing = await picture(app);
  await pick(app, "b");
  await until("the bars show what is selected", async () => (await picture(app)) !== nothing);
  for (const round of ["1", "2"]) {
    await app.reload();
    await untilDrawn(app);
    const none = { free: "[]", keyed: "[]", before: "[]" };
    await app.untilShown(none);
    await until("the bars show nothing selected", async () => (await picture(app)) === nothing);
    await app.clickUntil("count", "number", round);
    await app.untilShown(none);
    await pick(app, "c");
    await app.untilShown({ before: "['c']" });
  }
});

/** The rows of the table that are marked: it paints them, and keeps a table for screen readers. */
async function markedRows({ page }: StreamlitPage): Promise<string> {
  const rows = page.locator('[data-testid="stDataFrame"] tbody [role="row"]');
  const marks = await rows.evaluateAll((all) =>
    all.map((row) => row.getAttribute("aria-selected") === "true"),
  );
  return `[${marks.flatMap((isMarked, at) => (isMarked ? [at] : [])).join(", ")}]`;
}

test("a table marks the rows after a reload that Python takes for selected, also over later clicks", async () => {
  const app = await open();
  const agreed = async () => {
    await until("the table marks what Python has", async () => {
      return (await markedRows(app)) === (await app.shown())["table"];
    });
    return await markedRows(app);
  };
  const canvas = app.page.locator('[data-testid="stDataFrame"] canvas').first();
  const mark = async (row: number, table: string) => {
    await until(`the table has ${table}`, async () => {
      if (!(await markedRows(app)).includes(String(row)))
        await canvas.click({ position: { x: 15, y: 35 * (row + 1.5) }, force: true });
      return await until("", async () => (await app.shown())["table"] === table, 2000).then(
        () => true,
        () => false,
      );
    });
  };
  assert.equal(await agreed(), "[]");
  await mark(0, "[0]");
  await app.idle();
  await app.reload();
  await untilDrawn(app);
  // Versions whose page can be told about a selection show it again.
  const kept = await agreed();
  assert.ok(["[0]", "[]"].includes(kept));
  await app.clickUntil("count", "number", "1");
  assert.equal(await agreed(), kept);
  await mark(2, kept === "[]" ? "[2]" : "[0, 2]");
  await agreed();
});
