// npm run soak [-- --minutes 30] Visitors come, click, reload, and leave, also in the middle of
// runs, for half an hour; then memory and descriptors must not have grown.
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { startChromium } from "../../browser/chromium.ts";
import { Gateway } from "../gateway.ts";
import { StreamlitPage } from "../streamlit-page.ts";
import { isFlat, type Sample, sampleOf } from "./samples.ts";
import { leaveFor, visitFor } from "./visitor.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    visitors: { type: "string", default: "8" },
  },
});
const minutes = Number(options.minutes);
if (!(minutes > 0)) throw new Error(`--minutes is a number above 0, not "${options.minutes}".`);
const end = performance.now() + minutes * 60_000;
const between = Math.max(1000, (minutes * 60_000) / 120);

// Few and short, so that what is kept for resuming is at its bound nearly all the time.
const gateway = await Gateway.start({
  app: "test/streamlit/apps/soak.py",
  args: ["--resume-for", "30s", "--resume-max", "40"],
});
const browser = await startChromium();
const samples: Sample[] = [];
const crowd = Array.from({ length: Number(options.visitors) }, async (_, number) =>
  number % 4 === 3 ? await leaveFor(gateway, end) : await visitFor(gateway, end),
);
try {
  const [visits] = await Promise.all([Promise.all(crowd), watchInBrowser(), takeSamples()]);
  console.log(`${visits.reduce((sum, count) => sum + count, 0)} visits`);
} catch (error) {
  console.error(gateway.printed.slice(-5000));
  throw error;
} finally {
  await browser.close();
  await gateway.remove();
}
const verdicts = isFlat(samples);
for (const { title, from, to, flat } of verdicts)
  console.log(`${flat ? "flat " : "GROWS"} ${title}: ${from.toFixed(0)} to ${to.toFixed(0)}`);
if (verdicts.some(({ flat }) => !flat)) process.exitCode = 1;

/**
 * One page stays open in a real browser, is clicked on and reloaded, and must never lose what it
 * had.
 */
async function watchInBrowser(): Promise<void> {
  const context = await browser.newContext();
  const app = await StreamlitPage.open(context, gateway.origin);
  let last = 0;
  while (performance.now() < end) {
    await app.reload();
    const count = Number((await app.shown())["count"]);
    if (!(count > last)) throw new Error(`The page went back from ${last} to ${count}.`);
    last = count;
    await delay(1000);
  }
}

async function takeSamples(): Promise<void> {
  while (performance.now() < end) {
    await delay(between);
    const sample = sampleOf(gateway);
    samples.push(sample);
    const show = Object.entries(sample).map(([name, value]) => `${name} ${value}`);
    console.log(`${((end - performance.now()) / 60_000).toFixed(1)} min left: ${show.join(", ")}`);
  }
}
