import assert from "node:assert/strict";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { Relay } from "./relay.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ app: "test/streamlit/apps/streaming.py" });

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

async function open(kind = "stream"): Promise<StreamlitPage> {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await choose(app, kind);
  return app;
}

async function choose(app: StreamlitPage, kind: string): Promise<void> {
  if (kind === "stream") return;
  await app.choose("Kind", kind);
  await app.untilShown({ kind });
  await app.idle();
}

async function say(app: StreamlitPage, text: string): Promise<void> {
  const input = app.page.locator('[data-testid="stChatInputTextArea"]');
  await input.fill(text);
  await input.press("Enter");
}

/** The words of the last answer. */
async function answer(app: StreamlitPage): Promise<string[]> {
  const last = app.page.locator('[data-testid="stChatMessage"]').last();
  return ((await last.textContent()) ?? "").match(/word-\d+/g) ?? [];
}

/** The lines that the page shows, without those of older runs. */
async function lines(app: StreamlitPage): Promise<string[]> {
  const all = await app.page.locator('[data-testid="stText"]').allTextContents();
  return all.filter((line) => line.startsWith("line "));
}

const numbered = (count: number, line: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, number) => line(number));

test("promise 11 (Runs go on): an answer that streams goes on over five reloads, and is there in full, once", async () => {
  const app = await open();
  await say(app, "120");
  for (let times = 1; times <= 5; times++) {
    await app.page.getByText(`word-${6 * times} `).waitFor();
    await app.page.reload();
    // What was there is there at once, long before the run has ended.
    await app.page.getByText("word-0").waitFor();
    assert.ok((await answer(app)).length < 120, "the answer still streams");
  }
  await app.untilShown({ messages: "2" });
  assert.deepEqual(
    await answer(app),
    numbered(120, (number) => `word-${number}`),
  );
  const { runs } = await app.shown();
  assert.equal(runs, "2", "no reload has begun another run");
  // It is a page like any other from now on.
  await app.clickUntil("click", "clicks", "1");
});

test("fresh_after_reload() in a run under way: the next reload begins anew, and the one after that joins again", async () => {
  const app = await open("fresh");
  await app.clickUntil("click", "clicks", "1");
  await say(app, "600");
  await app.page.getByText("line 2: ").waitFor();
  await app.page.reload();
  await app.untilShown({ clicks: "0", kind: "stream" });
  await app.idle();
  await app.clickUntil("click", "clicks", "1");
  await say(app, "60");
  await app.page.getByText("word-2 ").waitFor();
  await app.page.reload();
  await app.untilShown({ clicks: "1", messages: "2" });
  assert.equal((await answer(app)).length, 60);
});

test("a run of 60 s that is reloaded every three seconds writes each of its lines once", async () => {
  const app = await open("lines");
  await say(app, "600");
  const run = await app.page.getByText("line 0: ").textContent();
  let reloads = 0;
  // The last part is left to the machine, which may take long for the last reload.
  for (let at = 25; at < 500; at = (await lines(app)).length + 25) {
    await app.page.getByText(`line ${at}: `).waitFor();
    await app.page.reload();
    await app.page.getByText(`line ${at}: `).waitFor();
    reloads++;
  }
  assert.ok(reloads >= 4, `there were ${reloads} reloads`);
  await app.untilShown({ written: "600" });
  await app.idle();
  const id = run?.split(": ")[1] ?? "";
  assert.deepEqual(
    await lines(app),
    numbered(600, (number) => `line ${number}: ${id}`),
  );
  assert.equal((await app.shown())["runs"], id, "no reload has begun another run");
  assert.equal(await app.page.locator('[data-testid="stSpinner"]').count(), 0);
});

test("a click in the page that joined stops the run, as in plain Streamlit, and counts once", async () => {
  const app = await open("lines");
  await say(app, "300");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("line 5: ").waitFor();
  await app.click("click");
  await app.untilShown({ clicks: "1" });
  await app.idle();
  assert.deepEqual(await lines(app), []);
});

test("the Stop button of the page that joined stops the run", async () => {
  const app = await open("lines");
  await say(app, "300");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("line 5: ").waitFor();
  await app.page.locator('[data-testid="stStatusWidget"]').getByText("Stop").click();
  await app.idle();
  assert.ok((await lines(app)).length < 300);
});

test("a page whose network was gone for a while joins its run again", async () => {
  const relay = new Relay(await freePort(), stage.gateway.port);
  await relay.open();
  try {
    const visitor = await stage.newVisitor();
    const app = await StreamlitPage.open(visitor.context, `http://127.0.0.1:${relay.port}`);
    await say(app, "80");
    await app.page.getByText("word-5 ").waitFor();
    relay.close();
    await app.page
      .locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
      .waitFor();
    await relay.open();
    await app.untilShown({ messages: "2" });
    assert.deepEqual(
      await answer(app),
      numbered(80, (number) => `word-${number}`),
    );
    assert.equal((await app.shown())["runs"], "2");
  } finally {
    relay.close();
  }
});

test("a tab that the browser has frozen shows the whole run when it wakes, also if that ended meanwhile", async () => {
  for (const words of [40, 80]) {
    const app = await open();
    await say(app, `${words}`);
    await app.page.getByText("word-5 ").waitFor();
    const devtools = await app.page.context().newCDPSession(app.page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    // Another page of the same app shows how far time has come.
    const other = await open();
    await say(other, "50");
    await other.untilShown({ messages: "2" });
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await app.untilShown({ messages: "2" });
    assert.deepEqual(
      await answer(app),
      numbered(words, (number) => `word-${number}`),
    );
    assert.equal((await app.shown())["runs"], "2");
  }
});

test("the run of a tab that is closed and reopened by its history goes on", async () => {
  const app = await open();
  await say(app, "50");
  await app.page.getByText("word-5 ").waitFor();
  await app.page.goto("about:blank");
  await app.page.goBack();
  await app.page.getByText("word-5 ").waitFor();
  await app.untilShown({ messages: "2" });
  assert.equal((await answer(app)).length, 50);
});

test("a run that ended while the page was away is shown, and the page's own run follows", async () => {
  const app = await open();
  await say(app, "10");
  await app.page.getByText("word-2 ").waitFor();
  await app.page.goto("about:blank");
  const other = await (await stage.newVisitor()).openTab();
  // Its answer is longer, so the other one has ended before it.
  await say(other, "20");
  await other.untilShown({ messages: "2" });
  await app.page.goBack();
  await app.untilShown({ messages: "2" });
  assert.equal((await answer(app)).length, 10);
});

for (const [kind, shown] of [
  ["stop", { stopped: "yes" }],
  ["rerun", { again: "1" }],
] as const)
  test(`a run that ends by st.${kind} ends in the page that joined it`, async () => {
    const app = await open(kind);
    await say(app, "20");
    await app.page.getByText("line 3: ").waitFor();
    await app.page.reload();
    await app.untilShown(shown);
    await app.idle();
  });

test("a run that raises ends with its error in the page that joined it", async () => {
  const app = await open("raise");
  await say(app, "20");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("as planned").first().waitFor();
  assert.match((await app.error()) ?? "", /as planned/);
});

test("a dialog that was open is open in the page that joins the run", async () => {
  const app = await open("dialog");
  await say(app, "30");
  await app.page.getByText("inside: yes").waitFor();
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("inside: yes").waitFor();
  await app.page.getByText("line 29: ").waitFor();
});

test("a fragment's run goes on over a reload", async () => {
  const app = await open("fragment");
  await app.click("part");
  await app.page.getByText("piece 5").waitFor();
  await app.page.reload();
  await app.page.getByText("piece 6").waitFor();
  await app.untilShown({ parts: "1" });
  await app.page.getByText("piece 29").waitFor();
});

test("a fragment that runs by itself goes on doing so in the page that joined a run", async () => {
  const app = await open("ticking");
  await say(app, "30");
  await app.page.getByText("line 3: ").waitFor();
  await app.page.reload();
  await app.page.getByText("line 29: ").waitFor();
  const before = Number((await app.shown())["ticks"]);
  await until("it ticks", async () => Number((await app.shown())["ticks"]) > before + 1);
});

test("two tabs that are reloaded at once each join their own run", async () => {
  const visitor = await stage.newVisitor();
  const [one, two] = [await visitor.openTab(), await visitor.openTab()];
  await Promise.all([say(one, "40"), say(two, "50")]);
  await Promise.all([one, two].map(async ({ page }) => await page.getByText("word-5 ").waitFor()));
  await Promise.all([one.page.reload(), two.page.reload()]);
  await Promise.all([one, two].map(async (app) => await app.untilShown({ messages: "2" })));
  assert.deepEqual([(await answer(one)).length, (await answer(two)).length], [40, 50]);
});

test("eight visitors at once each join their own run", async () => {
  const apps = await Promise.all(Array.from({ length: 8 }, () => open()));
  await Promise.all(apps.map((app, index) => say(app, String(50 + index))));
  await Promise.all(apps.map(({ page }) => page.getByText("word-5 ").waitFor()));
  await Promise.all(apps.map(({ page }) => page.reload()));
  await Promise.all(apps.map((app) => app.untilShown({ messages: "2" })));
  const found = await Promise.all(apps.map(async (app) => (await answer(app)).length));
  assert.deepEqual(
    found,
    numbered(8, String).map((_, index) => 50 + index),
  );
});
