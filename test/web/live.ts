import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser as Chromium, ConsoleMessage } from "playwright-core";
import type { Browser } from "../adapter/browser.ts";
import { startChromium } from "../browser/chromium.ts";
import { Stream } from "../live/stream.ts";
import { until } from "../support/until.ts";

/** A framework's app whose route `/live` sends the items of its cart. */
export interface LiveShop {
  readonly url: () => string;
  /** A visitor without a session. */
  readonly visitor: () => Browser;
  /** Adds an item by the app's own route. */
  readonly add: (visitor: Browser, item: string) => Promise<{ readonly status: number }>;
  /** What each request needs besides the cookie. Default: nothing. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every list of items that a stream has sent. */
function told(stream: Stream): string[][] {
  return stream.events
    .filter(({ name }) => name === "state")
    .map(({ data }) => (JSON.parse(data) as { values: { items: string[] } }).values.items);
}

/** Declares what holds for the live events of a schema's state in each framework. */
export function liveTests({ url, visitor, add, headers = {} }: LiveShop): void {
  const follow = async (browser: Browser, more: Record<string, string> = {}): Promise<Stream> =>
    await Stream.open(`${url()}/live`, { ...headers, cookie: browser.header, ...more });

  test("a page without a session is told so, and gets no cookie", async () => {
    const stream = await Stream.open(`${url()}/live`, { ...headers });
    await until("the answer has ended", () => stream.ended);
    assert.equal(stream.status, 409);
    assert.match(stream.text, /ERR_LIVE_NO_SESSION/);
    assert.equal(stream.response.headers["set-cookie"], undefined);
  });

  test("a page gets each change of its own cart while its stream is open, and goes on from where it was", async () => {
    const [browser, other] = [visitor(), visitor()];
    await add(browser, "tea");
    await add(other, "not mine");
    const stream = await follow(browser);
    assert.equal(stream.status, 200, stream.text);
    assert.match(stream.response.headers["content-type"] ?? "", /^text\/event-stream/);
    const [hello] = await stream.named("hello", 1);
    assert.deepEqual(JSON.parse(hello?.data ?? ""), { beat: 15_000, states: { cart: ["items"] } });
    await until("it sends the cart as it is", () => told(stream).length > 0);
    assert.deepEqual(told(stream), [["tea"]]);

    // Each answer comes although the stream stays open: its scope holds no commit of others.
    const statuses = [await add(browser, "milk")];
    await until("it sends another tab's change", () => told(stream).at(-1)?.length === 2);
    assert.deepEqual(told(stream).at(-1), ["tea", "milk"]);
    statuses.push(
      ...(await Promise.all(["a", "b", "c"].map(async (item) => await add(browser, item)))),
    );
    await add(other, "nor this");
    await until("it sends parallel changes", () => told(stream).at(-1)?.length === 5);
    assert.deepEqual(told(stream).at(-1)?.toSorted(), ["a", "b", "c", "milk", "tea"]);
    assert.ok(statuses.every(({ status }) => status < 400));
    assert.doesNotMatch(JSON.stringify(stream.events), /not mine|nor this/);

    const lastEventId = stream.events.at(-1)?.id ?? "";
    stream.close();
    const again = await follow(browser, { "last-event-id": lastEventId });
    await again.named("hello", 1);
    await add(browser, "last");
    await until("it sends what came after", () => told(again).length > 0);
    assert.equal(told(again).length, 1, "what the page has seen is not sent again");
    assert.equal(told(again)[0]?.length, 6);
    again.close();
  });
}

/** Declares what holds for a page `/follow` in Chromium, which lists the items of its cart. */
export function followTests({ url, headers = {} }: Pick<LiveShop, "url" | "headers">): void {
  describe("a page that follows its cart", () => {
    let chromium: Chromium;
    before(async () => (chromium = await startChromium()));
    after(async () => await chromium?.close());

    test("is rendered with it, and a second tab shows a change without a reload", async () => {
      const context = await chromium.newContext({ extraHTTPHeaders: { ...headers } });
      const wrong: string[] = [];
      const tab = async () => {
        const page = await context.newPage();
        page.on("pageerror", (error) => wrong.push(String(error)));
        page.on("console", (message: ConsoleMessage) => {
          // A browser without a session is answered with 409, which Chromium logs.
          if (message.type() === "error" && !message.text().includes("409"))
            wrong.push(message.text());
        });
        const answer = await page.goto(`${url()}/follow`);
        assert.equal(answer?.status(), 200);
        return { page, html: (await answer?.text()) ?? "" };
      };
      const shown = async ({ page }: Awaited<ReturnType<typeof tab>>): Promise<string[]> =>
        await page.locator("li").allTextContents();

      const first = await tab();
      const add = async (item: string): Promise<void> => {
        await first.page.evaluate(
          `fetch("/api/cart", { method: "POST", body: ${JSON.stringify(item)} })`,
        );
      };
      assert.deepEqual(await shown(first), []);
      await add("tea");
      await until("the first tab shows it", async () => {
        assert.deepEqual(wrong, []);
        return (await shown(first)).length === 1;
      });

      const second = await tab();
      assert.match(second.html, /<li>(<!--[^>]*-->)*tea/, "in the very first answer");
      await second.page.evaluate("window.stayed = true");
      await add("milk");
      await until("the second tab shows it", async () => (await shown(second)).length === 2);
      assert.deepEqual(await shown(second), ["tea", "milk"]);
      assert.deepEqual(await shown(first), ["tea", "milk"]);
      assert.equal(await second.page.evaluate("window.stayed"), true, "it was not loaded again");
      assert.deepEqual(wrong, []);
      await context.close();
    });
  });
}
