import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { find } from "../../../src/gateway/frame/wire.ts";
import { until } from "../../support/until.ts";
import { newTab, RawBrowser, withRig } from "../raw.ts";
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

describe("a run whose page goes", () => {
  for (const how of ["close", "cut"] as const)
    test(`goes on, and the tab that comes back is joined to it (${how})`, async () => {
      await withRig(async (rig) => {
        const { browser, page, socket, said } = await inRun(rig);
        await page.leave(how);
        socket.send(element([0, 1], "b"));
        const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        assert.equal(back.texts.length, 0, "nothing before it has spoken");
        back.socket.send(rerun());
        await back.untilText("b");
        assert.ok(back.texts.includes("a"));
        socket.send(element([0, 2], "c"));
        await back.untilText("c");
        socket.send(finished("1"));
        assert.equal(rig.streamlit.arrivals.length, 1, "Streamlit noticed nothing");
        assert.equal(said.length, 1, "and was not asked for another run");
        // From now on it is a page like any other.
        back.socket.send(rerun({ clicked: "button" }));
        await until("its click has come", () => said.length === 2);
      });
    });

  test("goes on over five reloads, and writes each line once", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, said } = await inRun(rig);
      const { tab } = page;
      let [ticket, last] = [page.ticket, page];
      for (let i = 1; i <= 5; i++) {
        await last.leave();
        socket.send(element([0, i], `line ${i}`));
        last = await Page.open(browser, { tab, ticket });
        last.socket.send(rerun());
        await last.untilText(`line ${i}`);
        await until("it has a ticket", () => last.tickets.length > 0);
        ticket = last.ticket;
      }
      assert.equal(said.length, 1);
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });

  test("is stopped by a click in the page that joined it", async () => {
    await withRig(async (rig) => {
      const { browser, page, said } = await inRun(rig);
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun());
      await back.untilText("a");
      back.socket.send(rerun({ clicked: "button" }));
      await until("its click has come", () => said.length === 2);
      assert.deepEqual(said[1], rerun({ clicked: "button" }));
    });
  });

  test("takes back a page that has lost its connection, and its repeated request is not passed on", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, said } = await inRun(rig);
      await page.leave("cut");
      socket.send(element([0, 1], "b"));
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      await back.untilText("b");
      back.socket.send(rerun());
      socket.send(element([0, 2], "c"));
      await back.untilText("c");
      assert.equal(said.length, 1);
    });
  });

  test("passes a click on that a page makes after it has lost its connection", async () => {
    await withRig(async (rig) => {
      const { browser, page, said } = await inRun(rig);
      await page.leave("cut");
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      back.socket.send(rerun({ clicked: "button" }));
      await until("its click has come", () => said.length === 2);
    });
  });

  test("is given up when it has ended, and the next page resumes", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, session } = await inRun(rig);
      await page.leave();
      socket.send(finished("1"));
      await until("the socket is closed", () => socket.readyState === socket.CLOSED);
      await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      assert.equal(rig.streamlit.arrivals.length, 2);
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("is given up when it has gone on for as long as it may", async () => {
    await withRig(
      async (rig) => {
        const { page, socket } = await inRun(rig);
        await page.leave();
        await until("the socket is closed", () => socket.readyState === socket.CLOSED);
      },
      { gateway: { frame: { runFor: 50 } } },
    );
  });

  for (const [name, frame] of [
    ["--run-for 0", { runFor: 0 }],
    ["--run-max 0", { maxRuns: 0 }],
    ["no room for this visitor", { maxRunsOfVisitor: 0 }],
  ] as const)
    test(`ends with its page with ${name}`, async () => {
      await withRig(
        async (rig) => {
          const { page, socket } = await inRun(rig);
          await page.leave();
          await until("the socket is closed", () => socket.readyState === socket.CLOSED);
        },
        { gateway: { frame } },
      );
    });

  test("ends with its session", async () => {
    await withRig(async (rig) => {
      const { page, socket } = await inRun(rig);
      await page.leave();
      const claims = String(rig.streamlit.last.headers["x-persist-session"]).split(".")[0] ?? "";
      const { s } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { s: string };
      rig.gateway.sessionMoved({
        from: s,
        to: newTab(),
        reason: "cleared",
        tab: null,
        ephemeral: false,
      } as never);
      await until("the socket is closed", () => socket.readyState === socket.CLOSED);
    });
  });

  test("pings are answered for it, byte for byte", async () => {
    await withRig(async (rig) => {
      const { page, socket } = await inRun(rig);
      await page.leave();
      for (const payload of ["", "x", "y".repeat(125)]) {
        const pong = once(socket, "pong");
        socket.ping(payload);
        const [answer] = (await pong) as [Buffer];
        assert.equal(answer.toString(), payload);
      }
    });
  });

  test("is read at full speed: a page that is gone holds nothing up", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket } = await inRun(rig);
      await page.leave();
      for (let i = 0; i < 3000; i++) socket.send(element([0, 1], `${"x".repeat(5000)} ${i}`));
      await until("everything is read", () => socket.bufferedAmount === 0);
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun());
      await until("it has the last one", () => back.texts.some((text) => text.endsWith(" 2999")));
      assert.ok(back.got.length < 3000, "and what was replaced is not sent");
    });
  });
});

test("a page that takes nothing counts as gone while its run goes on, and joins it when it comes again", async () => {
  await withRig(
    async (rig) => {
      const { browser, page, socket, said } = await inRun(rig);
      page.socket.pause();
      const long = "x".repeat(200_000);
      for (let i = 0; i < 200; i++) socket.send(element([0, 1], `${long} ${i}`));
      socket.send(element([0, 1], "short"));
      await until("Streamlit is rid of it", () => socket.bufferedAmount === 0);
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      await back.untilText("short");
      assert.equal(said.length, 1);
      page.socket.terminate();
    },
    { gateway: { times: { stall: 100 } } },
  );
});

test("pings are answered for a page that is silent while its run goes on", async () => {
  await withRig(async (rig) => {
    const { page, socket } = await inRun(rig);
    page.socket.pause();
    const pong = once(socket, "pong");
    socket.ping("are you there");
    const [answer] = (await pong) as [Buffer];
    assert.equal(answer.toString(), "are you there");
    page.socket.terminate();
  });
});

for (const isCompressed of [true, false])
  test(`a ${isCompressed ? "compressed" : "plain"} page is joined to its run, and both understand each other`, async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, said } = await inRun(rig, { perMessageDeflate: isCompressed });
      await page.leave();
      socket.send(element([0, 1], "b".repeat(5000)));
      const options = { tab: page.tab, ticket: page.ticket, perMessageDeflate: isCompressed };
      const back = await Page.open(browser, options);
      back.socket.send(rerun());
      await back.untilText("b".repeat(5000));
      socket.send(finished("1"));
      socket.send(element([0, 2], "c".repeat(5000)));
      await back.untilText("c".repeat(5000));
      back.socket.send(rerun({ clicked: "d".repeat(5000) }));
      await until("its click has come", () => said.length === 2);
      assert.deepEqual(said[1], rerun({ clicked: "d".repeat(5000) }));
    });
  });

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

  test("gets nothing of the run if it asks for another query, and its request goes on", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, session, said } = await inRun(rig);
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun({ query: "other=1" }));
      await until("the request has come", () => said.length === 2);
      socket.send(element([0, 1], "late"));
      socket.send(newSession(session, "2"));
      socket.send(element([0, 0], "new"));
      await back.untilText("new");
      assert.deepEqual(back.texts, ["new"]);
    });
  });

  test("that sends garbage first gets nothing of the run, and is passed on", async () => {
    await withRig(async (rig) => {
      const { browser, page, said } = await inRun(rig);
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(Buffer.from([0xff, 0xff, 0xff]));
      await until("it has come", () => said.length === 2);
      assert.deepEqual(back.texts, []);
    });
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

for (const [name, begin] of [
  ["a newer", newSession],
  ["an older", olderNewSession],
] as const)
  test(`the last frame of ${name} page comes before its next run, and nothing gets lost or out of order`, async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, session } = await inRun(rig);
      for (const message of [begin(session, "2"), element([0, 0], "old"), finished("2")])
        socket.send(message);
      await page.untilText("old");
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
      const said = listen(rig);
      back.socket.send(rerun());
      await until("its request has come", () => said.length === 1);
      assert.equal(back.texts.length, 0, "Streamlit has not answered yet");
      const { last } = rig.streamlit;
      for (const message of [begin(session, "3"), element([0, 0], "1"), element([0, 1], "2")])
        last.socket.send(message);
      await back.untilText("2");
      assert.deepEqual(back.texts, ["old", "1", "2"]);
      last.socket.send(element([0, 2], "3"));
      await back.untilText("3");
      assert.deepEqual(back.texts, ["old", "1", "2", "3"]);
    });
  });

test("the last frame is not shown to a page that gets another Streamlit session", async () => {
  await withRig(async (rig) => {
    const { browser, page, socket } = await inRun(rig);
    socket.send(finished("1"));
    socket.send(element([0, 0], "late"));
    await page.untilText("late");
    await page.leave();
    rig.streamlit.forget();
    const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
    await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
    back.socket.send(rerun());
    const { last } = rig.streamlit;
    for (const message of [newSession(last.session, "1"), element([0, 0], "new")])
      last.socket.send(message);
    await back.untilText("new");
    assert.deepEqual(back.texts, ["new"]);
  });
});

test("a page over the bound is not kept, and its run goes as today", async () => {
  await withRig(
    async (rig) => {
      const { page, socket } = await inRun(rig);
      socket.send(element([0, 1], "x".repeat(5000)));
      socket.send(element([0, 2], "end"));
      await page.untilText("end");
      await page.leave();
      await until("the socket is closed", () => socket.readyState === socket.CLOSED);
    },
    { gateway: { frame: { maxFrame: 4096 } } },
  );
});
