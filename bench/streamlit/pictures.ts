// npm run pictures: makes docs/images/answer-*.png, a reload in the middle of an answer, with plain
// Streamlit and behind the gateway
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { prepareStreamlit } from "../../scripts/setup/streamlit.js";
import { startChromium } from "../../test/browser/chromium.ts";
import { Server, type Variant } from "./variants.ts";

const QUESTION = "How does state survive a reload?";
/** Words of the answer at the reload, and some that come after it. */
const AT_RELOAD = "gone when the process goes";
const LATER = "loaded anew";

const app = { app: "answer.py", restored: QUESTION };
const plain: Variant = { ...app, name: "plain", title: "plain Streamlit" };
const gateway: Variant = { ...app, name: "gateway", title: "behind the gateway", gateway: [] };

const { python, problem } = prepareStreamlit();
if (python === undefined) throw new Error(problem);
const pythons = { ours: python };
const browser = await startChromium();
try {
  await withApp(plain, async (page) => {
    await page.reload();
    await untilRunEnds(page);
    await picture(page, "plain");
  });
  await withApp(gateway, async (page) => {
    await picture(page, "before");
    await page.reload();
    await page.getByText(LATER).waitFor();
    await picture(page, "gateway");
  });
} finally {
  await browser.close();
}

/** Asks the question, and gives the page while its answer streams. */
async function withApp(variant: Variant, work: (page: Page) => Promise<void>): Promise<void> {
  const server = await Server.start(variant, pythons);
  try {
    const page = await newPage(browser);
    await page.goto(server.origin);
    await untilRunEnds(page);
    const input = page.locator('[data-testid="stChatInputTextArea"]');
    await input.fill(QUESTION);
    await input.press("Enter");
    await page.getByText(AT_RELOAD).waitFor();
    await work(page);
    await page.context().close();
  } finally {
    await server.stop();
  }
}

async function newPage(from: Browser): Promise<Page> {
  const context = await from.newContext({ viewport: { width: 480, height: 400 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return page;
}

async function untilRunEnds(page: Page): Promise<void> {
  await page
    .locator(
      '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]',
    )
    .waitFor();
  // Streamlit fades its input in.
  await page.locator('[data-testid="stChatInputTextArea"]').waitFor();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.addStyleTag({ content: '[data-testid="stAppDeployButton"] { display: none; }' });
  await page.screenshot({
    path: fileURLToPath(new URL(`../../docs/images/answer-${name}.png`, import.meta.url)),
    animations: "disabled",
  });
}
