import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { freePort } from "../support/free-port.ts";
import { startChromium } from "../browser/chromium.ts";
import { useCommand } from "../cli/running.ts";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { Streamlit } from "../gateway/streamlit.ts";
import { Relay } from "./relay.ts";
import { StreamlitPage } from "./streamlit-page.ts";

/** For how long Streamlit is away, in milliseconds: the promise says up to twelve seconds. */
const AWAY = 10_000;
const PROMISED = 12_000;
const SCRIPT = `
import os
import streamlit as st
st.text(f"name: {st.text_input('name')}")
if st.button("count"):
    st.text("clicked: yes")
st.text(f"pid: {os.getpid()}")
`;

/** Writes down each dialog that is put into the page, however short it is there. */
const RECORDER = `window.dialogs = [];
  new MutationObserver(() => {
    const dialog = document.querySelector('[role="dialog"]');
    if (dialog !== null) window.dialogs.push(dialog.textContent);
  }).observe(document, { subtree: true, childList: true, attributes: true })`;

const directory = useWorkDirectories();
const { start } = useCommand();
let streamlit: Streamlit;
let browser: Browser;
before(async () => {
  [browser, streamlit] = await Promise.all([
    startChromium(),
    Streamlit.start({ "app.py": SCRIPT }),
  ]);
});
after(async () => {
  await browser.close();
  await streamlit.remove();
});

test("no dialog is ever there while Streamlit is away for ten seconds, and the page's widgets keep their values", async (t) => {
  const relay = new Relay(await freePort(), streamlit.port);
  await relay.open();
  t.after(() => relay.close());
  const other = new Relay(await freePort(), streamlit.port);
  await other.open();
  t.after(() => other.close());
  const upstream = `http://127.0.0.1:${relay.port}`;
  const gateway = await start(["proxy", "--upstream", upstream, "--port", "0"], {
    cwd: directory({}),
  });
  const context = await browser.newContext();
  const app = await StreamlitPage.open(context, gateway.url);
  await app.type("name", "Ada");
  await app.untilShown({ name: "Ada" });
  await app.idle();
  const { pid } = await app.shown();
  // A page with no gateway before it has a dialog meanwhile, so the record of the other says
  // something.
  const unheld = await StreamlitPage.open(context, `http://127.0.0.1:${other.port}`);
  for (const { page } of [app, unheld]) await page.evaluate(RECORDER);

  // What comes back is another process. It is up before, however long that takes here.
  const next = await streamlit.startAnother();
  t.after(async () => await next.kill());
  relay.pointTo(next.port);

  const cut = Date.now();
  relay.close();
  other.close();
  await streamlit.kill();
  await app.page
    .locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
    .waitFor();
  // The time is what this is about.
  await delay(Math.max(0, cut + AWAY - Date.now()));
  await relay.open();
  assert.ok(Date.now() - cut < PROMISED, "this machine stood still for seconds");
  await app.page.waitForFunction(
    `[...document.querySelectorAll('[data-testid="stText"]')]
      .some(({ textContent: line }) => line.startsWith("pid: ") && line !== "pid: ${pid}")`,
  );
  await app.idle();
  assert.deepEqual(await app.page.evaluate("window.dialogs"), []);
  await app.untilShown({ name: "Ada" });
  await app.untilInput("name", "Ada");
  await app.clickUntil("count", "clicked", "yes");
  await app.untilShown({ name: "Ada" });
  assert.deepEqual(await app.page.evaluate("window.dialogs"), []);
  await unheld.page.waitForFunction("window.dialogs.length > 0");
});
