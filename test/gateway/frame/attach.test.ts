import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { until } from "../../support/until.ts";
import { newTab, withRig } from "../raw.ts";
import { inRun, Page } from "./page.ts";
import { element, finished, rerun } from "./run-messages.ts";

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
