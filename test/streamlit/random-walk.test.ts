// A visitor who changes widgets, reloads and loses the connection, in any order: page and script
// agree after each step.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { EVERYTHING, reloadAsleep, wake } from "./everything.ts";
import { Relay } from "./relay.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";

const stage = useStage(EVERYTHING);
after(wake);

/** What the script prints, as far as it changes here. */
interface Values {
  input: string;
  number: string;
  check: string;
  radio: string;
  slider: string;
  clicks: string;
  sent: string;
}

interface Visit {
  readonly app: StreamlitPage;
  readonly relay: Relay;
}

type Step = fc.AsyncCommand<Values, Visit>;

/** A change of one widget. */
interface Change {
  readonly name: string;
  readonly make: (values: Values, app: StreamlitPage) => Promise<void>;
}

const CHANGES: Change[] = [
  ...["one", "two"].map((text) => ({
    name: `type "${text}"`,
    async make(values: Values, app: StreamlitPage) {
      await app.type("Text", text);
      values.input = text;
    },
  })),
  ...["7", "12"].map((number) => ({
    name: `number ${number}`,
    async make(values: Values, { page }: StreamlitPage) {
      await page.getByRole("spinbutton", { name: "Number" }).fill(number);
      await page.getByRole("spinbutton", { name: "Number" }).press("Enter");
      values.number = number;
    },
  })),
  ...["r1", "r3"].map((option) => ({
    name: `choose ${option}`,
    async make(values: Values, { page }: StreamlitPage) {
      await page.getByText(option, { exact: true }).click();
      values.radio = option;
    },
  })),
  {
    name: "check",
    async make(values, { page }) {
      await page.getByText("Check", { exact: true }).click();
      values.check = values.check === "True" ? "False" : "True";
    },
  },
  {
    name: "slide",
    async make(values, { page }) {
      const key = values.slider === "10" ? "ArrowLeft" : "ArrowRight";
      await page.getByRole("slider", { name: "Slider" }).press(key);
      values.slider = String(Number(values.slider) + (key === "ArrowLeft" ? -1 : 1));
    },
  },
  {
    name: "click",
    async make(values, app) {
      await app.click("click");
      values.clicks = String(Number(values.clicks) + 1);
    },
  },
  {
    name: "send the form",
    async make(values, app) {
      await app.page.getByRole("textbox", { name: "Field" }).fill("x");
      await app.click("Send");
      values.sent = String(Number(values.sent) + 1);
    },
  },
];

/** What the page's widgets show, each in the way in which the script prints it. */
async function drawn({ page }: StreamlitPage): Promise<Partial<Values>> {
  return {
    input: await page.getByRole("textbox", { name: "Text", exact: true }).inputValue(),
    number: await page.getByRole("spinbutton", { name: "Number" }).inputValue(),
    check: (await page.getByRole("checkbox", { name: "Check" }).isChecked()) ? "True" : "False",
    radio: await page.locator("label:has(input[type=radio]:checked)").innerText(),
    // It is no input in older versions.
    slider: await page
      .getByRole("slider", { name: "Slider" })
      .evaluate((one) => one.getAttribute("aria-valuenow") ?? String(Reflect.get(one, "value"))),
  };
}

async function agree(values: Values, { app }: Visit): Promise<void> {
  await app.untilShown({ ...values });
  await app.idle();
  const { clicks: _clicks, sent: _sent, ...expected } = values;
  await until("the widgets show what the script prints", async () => {
    return JSON.stringify(await drawn(app)) === JSON.stringify(expected);
  }).catch(async () => assert.deepEqual(await drawn(app), expected));
}

/** A step after which page and script have to agree. */
function step(name: string, go: (values: Values, visit: Visit) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => name,
    async run(values, visit) {
      await go(values, visit);
      await agree(values, visit);
    },
  };
}

const change = fc.constantFrom(...CHANGES);
const STEPS = [
  change.map(({ name, make }) => step(name, async (values, { app }) => await make(values, app))),
  change.map(({ name, make }) =>
    step(`${name} while the page is stale`, async (values, { app }) => {
      await reloadAsleep(app);
      await make(values, app);
      wake();
    }),
  ),
  fc.constant(step("reload", async (_values, { app }) => await app.reload())),
  fc.constant(
    step("reload twice while the script sleeps", async (_values, { app }) => {
      await reloadAsleep(app);
      await reloadAsleep(app);
      wake();
    }),
  ),
  fc.constant(
    step("lose the connection", async (_values, { app, relay }) => {
      relay.close();
      await app.page
        .locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
        .waitFor();
      await relay.open();
    }),
  ),
];

test("page and script agree after each step of a random walk", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.commands(STEPS, { size: "max", maxCommands: 14 }), async (steps) => {
      const relay = new Relay(await freePort(), stage.gateway.port);
      await relay.open();
      t.after(() => relay.close());
      // What scrolls while the mouse is on its way could be missed.
      const { context } = await stage.newVisitor({ viewport: { width: 700, height: 4000 } });
      const app = await StreamlitPage.open(context, `http://localhost:${relay.port}`);
      const values: Values = {
        input: "preset",
        number: "1",
        check: "False",
        radio: "r1",
        slider: "3",
        clicks: "0",
        sent: "0",
      };
      await fc.asyncModelRun(() => ({ model: values, real: { app, relay } }), steps);
      await context.close();
    }),
    {
      numRuns: 1,
      seed: Number(process.env["SEED"] ?? 2),
      endOnFailure: true,
      includeErrorInReport: true,
    },
  );
});
