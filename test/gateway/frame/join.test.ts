import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { find } from "../../../src/gateway/frame/wire.ts";
import { until } from "../../support/until.ts";
import { lastClaims, newTab, RawBrowser, withRig } from "../raw.ts";
import { inRun, listen, Page } from "./page.ts";
import {
  block,
  element,
  finished,
  newSession,
  olderNewSession,
  rerun,
  TEXT_INPUT,
  textInput,
  transient,
} from "./run-messages.ts";

describe("a page that is not the tab's", () => {
  test("joins no run with another tab's id, without the ticket, or with another browser's cookie", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      await page.leave();
      const stranger = new RawBrowser(rig);
      await stranger.get();
      for (const [who, options] of [
        [browser, { tab: newTab(), ticket: page.ticket }],
        [browser, { tab: page.tab }],
        [stranger, { tab: page.tab, ticket: page.ticket }],
      ] as const) {
        const before = rig.streamlit.arrivals.length;
        const other = await Page.open(who, options);
        await until("Streamlit has it", () => rig.streamlit.arrivals.length === before + 1);
        other.socket.send(rerun());
        rig.streamlit.last.socket.send(newSession(rig.streamlit.last.session, "other"));
        rig.streamlit.last.socket.send(element([0, 0], "other"));
        await other.untilText("other");
        assert.ok(!other.texts.includes("a"));
      }
    });
  });

  test("joins no run once a cookie that may be a login has come, gone or changed", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket } = await inRun(rig);
      await page.leave();
      browser.cookie = `${browser.cookie}; my_auth=1`;
      await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      await until("the run is stopped", () => socket.readyState === socket.CLOSED);
      assert.equal(rig.streamlit.arrivals.length, 2);
    });
  });

  test("joins the run although a cookie of statistics has changed", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      await page.leave();
      browser.cookie = `${browser.cookie}; _ga_X=1; _streamlit_xsrf=2`;
      await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });

  test("takes the place of one that is still there, which hears that it is another tab now", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      const second = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      await until("the first is closed", () => page.code !== undefined);
      assert.ok(page.taken);
      second.socket.send(rerun());
      await second.untilText("a");
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });

  test("two pages at once that claim one tab end with one of them in the run", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      await page.leave();
      const options = { tab: page.tab, ticket: page.ticket };
      const both = await Promise.all([Page.open(browser, options), Page.open(browser, options)]);
      for (const one of both) if (one.code === undefined) one.socket.send(rerun());
      await until("one has it", () => both.some((one) => one.texts.includes("a")));
      assert.ok(both.filter((one) => one.texts.includes("a")).length <= 1);
    });
  });

  /** What keeps a page from joining that was already admitted. */
  const REFUSED: Record<string, { first: Buffer; meanwhile?: readonly Buffer[] }> = {
    "asks for another query": { first: rerun({ query: "other=1" }) },
    "asks for another page of the app": { first: rerun({ pageName: "two" }) },
    "sends garbage first": { first: Buffer.from([0xff, 0xff, 0xff]) },
    "speaks once the run has ended": { first: rerun(), meanwhile: [finished("1")] },
    "speaks once the frame is no longer sure": {
      first: rerun(),
      meanwhile: [Buffer.from([0xff, 0xff])],
    },
  };
  for (const [what, { first, meanwhile = [] }] of Object.entries(REFUSED))
    for (const lastFrame of [true, false])
      test(`gets nothing of the run if it ${what}, and connects anew, so that Python knows it for a new page${lastFrame ? "" : " (--no-last-frame)"}`, async () => {
        await withRig(
          async (rig) => {
            const { browser, page, socket, said } = await inRun(rig);
            await page.leave();
            const options = { tab: page.tab, ticket: page.ticket };
            const refused = await Page.open(browser, options);
            assert.equal(rig.streamlit.arrivals.length, 1, "it was admitted");
            for (const message of meanwhile) socket.send(message);
            if (meanwhile.length > 0) {
              // What comes after it has been read as well.
              socket.ping("all read");
              await once(socket, "pong");
            }
            refused.socket.send(first);
            await until("it is closed", () => refused.code !== undefined);
            await until("the run is stopped", () => socket.readyState === socket.CLOSED);
            assert.equal(refused.code, 1001);
            assert.deepEqual(refused.got, [], "to its page script it is still new");
            assert.equal(said.length, 1, "Streamlit was asked nothing");

            const back = await Page.open(browser, options);
            await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
            assert.equal(lastClaims(rig).p, "resume");
            const { last } = rig.streamlit;
            const asked = listen(rig);
            back.socket.send(first);
            await until("the request has come", () => asked.length === 1);
            last.socket.send(newSession(last.session, "2"));
            last.socket.send(element([0, 0], "new"));
            await back.untilText("new");
          },
          { gateway: { frame: { lastFrame } } },
        );
      });
});

describe("the page that joined a run", () => {
  test("is told its widgets' values, in what it missed and in what comes", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, said } = await inRun(rig);
      const input = (at: number, id: string): Buffer =>
        element([0, at], textInput(id), { kind: TEXT_INPUT });
      socket.send(input(1, "one"));
      page.socket.send(rerun({ typed: { one: "first", two: "second" } }));
      await until("it has come", () => said.length === 2);
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun());
      await back.untilText("a");
      socket.send(input(2, "two"));
      const told = (): string[] =>
        back.got.flatMap((message) => {
          const value = find(message, 5, 3, TEXT_INPUT, 8);
          return value === undefined ? [] : [Buffer.from(value.bytes).toString()];
        });
      await until("both are told", () => told().includes("first") && told().includes("second"));
      // Once the run has ended, the page knows them better.
      socket.send(finished("1"));
      socket.send(input(2, "two"));
      socket.send(element([0, 3], "end"));
      await back.untilText("end");
      assert.equal(find(back.got.at(-2), 5, 3, TEXT_INPUT, 8), undefined);
    });
  });

  test("gets dialogs of the run and what is transient, and a toast only if no page has shown it", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket } = await inRun(rig);
      const toast = (at: number, text: string): Buffer =>
        element([2, at], Buffer.from([0x0a, text.length, ...Buffer.from(text)]), { kind: 50 });
      socket.send(toast(0, "seen"));
      socket.send(element([0, 1], "mark"));
      await page.untilText("mark");
      await page.leave();
      socket.send(toast(1, "new"));
      socket.send(block([2, 2], 11));
      socket.send(element([2, 2, 0], "in the dialog"));
      socket.send(transient([0, 2], "busy"));
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun());
      await back.untilText("in the dialog");
      const toasts = back.got.flatMap((message) => {
        const text = find(message, 5, 3, 50, 1);
        return text === undefined ? [] : [Buffer.from(text.bytes).toString()];
      });
      assert.deepEqual([...new Set(toasts)], ["new"]);
      await until("the transient is there", () =>
        back.got.some((message) => find(message, 5, 9) !== undefined),
      );
    });
  });
});

test("a run of an older version, which does not name its runs, ends with its page, and one line says so", async () => {
  await withRig(async (rig) => {
    const { page, socket, session } = await inRun(rig);
    for (const message of [olderNewSession(session, "2"), element([0, 0], "old")])
      socket.send(message);
    await page.untilText("old");
    await page.leave();
    await until("the socket is closed", () => socket.readyState === socket.CLOSED);
    assert.equal(rig.warnings.filter((line) => line.includes("ends with its page")).length, 1);
  });
});
