import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { describe, test } from "node:test";
import { verifyToken } from "../../src/identity/token.ts";
import { until } from "../support/until.ts";
import { lastClaims, newTab, RawBrowser, type Rig, withRig } from "./raw.ts";

function idOf(rig: Rig, browser: RawBrowser): string | undefined {
  const [, token] = (browser.cookie ?? "").split("=");
  return verifyToken(rig.sessions.ring, rig.sessions.cookie.name, token)?.id;
}

/** What the state service does before it tells the gateway. */
async function end(rig: Rig, id: string): Promise<string> {
  const until = Date.now() + 60_000;
  await rig.sessions.engine.store.clear(`b:${id}`, { commitId: randomUUID(), until });
  return randomUUID();
}

async function moved(rig: Rig, reason: "rotated" | "ended") {
  const browser = new RawBrowser(rig);
  await browser.get();
  const asking = await browser.connect();
  const { session } = rig.streamlit.last;
  const other = await browser.connect();
  const otherSession = rig.streamlit.last.session;
  const from = idOf(rig, browser) ?? "";
  await Promise.all([asking.ticket(), other.ticket()]);
  const otherTicket = await other.ticket();
  const to = await end(rig, from);
  rig.gateway.sessionMoved({ from, to, reason, tab: asking.tab, ephemeral: false });
  const ticket = await asking.adoptTicket();
  return { browser, asking, other, from, to, ticket, session, otherSession, otherTicket };
}

describe("adopt", () => {
  test("the browser gets its new cookie while its page stays open when the session was rotated", async () => {
    await withRig(async (rig) => {
      const { browser, asking, other, to, ticket, session, otherSession, otherTicket } =
        await moved(rig, "rotated");
      const response = await browser.post("adopt", ticket);
      assert.equal(response.status, 204);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(idOf(rig, browser), to);
      assert.equal(asking.isClosed, false);
      // The other tab comes again, with the new cookie and what it had.
      await other.untilClosed();
      await browser.connect({
        life: "same",
        tab: other.tab,
        ticket: otherTicket,
        claimed: otherSession,
      });
      assert.equal(lastClaims(rig).s, to);
      assert.equal(rig.streamlit.last.session, otherSession);
      // The asking tab's own ticket has moved along.
      const own = await asking.ticket();
      await asking.close();
      await browser.connect({ tab: asking.tab, ticket: own });
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("the other tabs begin anew when the session was ended", async () => {
    await withRig(async (rig) => {
      const { browser, other, to, ticket, otherSession, otherTicket } = await moved(rig, "ended");
      await browser.post("adopt", ticket);
      await other.untilClosed();
      const again = await browser.connect({
        life: "same",
        tab: other.tab,
        ticket: otherTicket,
        claimed: otherSession,
      });
      assert.equal(lastClaims(rig).s, to);
      assert.notEqual(rig.streamlit.last.session, otherSession);
      assert.ok(again.frames.some(({ rerun }) => rerun));
    });
  });

  test("the other tabs are closed when the page never fetches its cookie", async () => {
    await withRig(async (rig) => {
      const { other } = await moved(rig, "ended");
      await other.untilClosed();
    });
  });

  test("promise 6 (Isolation): a client that knew the old token gets nothing when the session was rotated", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const asking = await browser.connect();
      const from = idOf(rig, browser) ?? "";
      // Session fixation: the attacker has planted the cookie, and keeps a socket open.
      const attacker = new RawBrowser(rig, browser.cookie);
      const theirs = await attacker.connect();
      await theirs.ticket();
      const to = await end(rig, from);
      rig.gateway.sessionMoved({ from, to, reason: "rotated", tab: asking.tab, ephemeral: false });
      const ticket = await asking.adoptTicket();
      await browser.post("adopt", ticket);
      await theirs.untilClosed();
      assert.ok(!theirs.frames.some(({ adopt }) => adopt));
      const again = await attacker.connect({
        tab: theirs.tab,
        ticket: await theirs.ticket(),
        life: "same",
      });
      assert.notEqual(lastClaims(rig).s, to);
      await attacker.get();
      assert.notEqual(idOf(rig, attacker), to);
      await attacker.post("adopt", await again.adoptTicket());
      assert.notEqual(idOf(rig, attacker), to);
      assert.notEqual(idOf(rig, attacker), from);
    });
  });

  test("the new cookie stays when a page that was asked for with the old one is answered later", async () => {
    await withRig(async (rig) => {
      const { browser, asking, ticket, to, session } = await moved(rig, "rotated");
      const straggler = new RawBrowser(rig, browser.cookie);
      await browser.post("adopt", ticket);
      const page = await straggler.get();
      assert.deepEqual(page.headers.getSetCookie(), []);
      // Its socket may be on its way as well, and is the same tab's.
      const own = await asking.ticket();
      await asking.close();
      await straggler.connect({ tab: asking.tab, ticket: own });
      assert.equal(lastClaims(rig).s, to);
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("a ticket gives nothing when it is used twice, comes with another cookie or from another site", async () => {
    await withRig(async (rig) => {
      const { browser, ticket, to, from } = await moved(rig, "rotated");
      const { cookie } = browser;
      const stranger = new RawBrowser(rig);
      await stranger.get();
      assert.equal((await stranger.post("adopt", ticket)).status, 409);
      assert.equal((await new RawBrowser(rig).post("adopt", ticket)).status, 409);
      for (const headers of [
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "none" },
        { origin: "https://other.example", "sec-fetch-site": "cross-site" },
        { origin: "null" },
      ] as Record<string, string>[])
        assert.equal((await browser.post("adopt", ticket, headers)).status, 403);
      assert.equal((await browser.get("/_persist/adopt")).status, 405);
      assert.equal((await browser.post("adopt", `${ticket}x`)).status, 410);
      assert.equal(idOf(rig, browser), from);
      assert.equal((await browser.post("adopt", ticket)).status, 204);
      assert.equal(idOf(rig, browser), to);
      browser.cookie = cookie;
      assert.equal((await browser.post("adopt", ticket)).status, 410);
    });
  });

  test("the page gets its new cookie when it was reloaded before it had fetched it", async () => {
    await withRig(async (rig) => {
      const { browser, asking, to, from } = await moved(rig, "rotated");
      await asking.close();
      await browser.get();
      assert.equal(idOf(rig, browser), from);
      const again = await browser.connect({ tab: asking.tab });
      assert.equal(lastClaims(rig).s, to);
      await browser.post("adopt", await again.adoptTicket());
      assert.equal(idOf(rig, browser), to);
    });
  });

  test("another tab waits for the new cookie when it connects before that is there", async () => {
    await withRig(async (rig) => {
      const { browser, ticket, to } = await moved(rig, "rotated");
      const tab = newTab();
      const arrived = once(rig.gateway.server, "upgrade");
      // The upgrade that comes with the old cookie is told to ask again, which is no failure; the
      // page connects again.
      const early = assert.rejects(
        browser.connect({ tab, life: "same" }),
        /Unexpected server response: 409/,
      );
      await arrived;
      await browser.post("adopt", ticket);
      await early;
      assert.deepEqual(rig.warnings, []);
      await browser.connect({ tab, life: "same" });
      assert.equal(lastClaims(rig).s, to);
    });
  });
});

describe("a browser without cookies", () => {
  test("its tab goes on under the new session when that is rotated, and there is nothing to adopt", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const socket = await browser.connect();
      const { s: from } = lastClaims(rig);
      const { session } = rig.streamlit.last;
      const before = await socket.ticket();
      const to = randomUUID();
      const tab = socket.tab;
      rig.gateway.sessionMoved({ from, to, reason: "rotated", tab, ephemeral: true });
      await until("it has a new ticket", async () => (await socket.ticket()) !== before);
      assert.ok(!socket.frames.some(({ adopt }) => adopt));
      assert.equal(socket.isClosed, false);
      const ticket = await socket.ticket();
      await socket.close();
      await browser.connect({ life: "same", tab, ticket, claimed: session });
      assert.equal(lastClaims(rig).s, to);
      assert.equal(rig.streamlit.last.session, session);
    });
  });
});

describe("adopt, when no page comes for the cookie", () => {
  test("the browser's other pages get a fresh session when the tab that asked was closed at once", async () => {
    await withRig(async (rig) => {
      const { browser, asking, from, to } = await moved(rig, "ended");
      await asking.close();
      const tab = newTab();
      // Refused as long as the cookie might still come, then let in.
      await until("it is let in", async () =>
        browser.connect({ tab, life: "same" }).then(
          () => true,
          () => false,
        ),
      );
      const { s } = lastClaims(rig);
      assert.notEqual(s, from);
      assert.notEqual(s, to);
    });
  });

  test("all pages connect anew when the page that asked says no tab", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const socket = await browser.connect({ tab: "no.tab" });
      const from = idOf(rig, browser) ?? "";
      const to = await end(rig, from);
      rig.gateway.sessionMoved({ from, to, reason: "rotated", tab: null, ephemeral: false });
      await socket.untilClosed();
      assert.ok(!socket.frames.some(({ adopt }) => adopt));
    });
  });
});

describe("alive", () => {
  test("a page under another session than the cookie's comes again when it says that it is there", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const socket = await browser.connect();
      const ticket = await socket.ticket();
      const other = new RawBrowser(rig);
      await other.get();
      browser.cookie = other.cookie;
      await browser.post("alive", ticket);
      await socket.untilClosed();
    });
  });

  test("the session's expiry slides and the tab gets a new ticket when its page says that it is there", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const socket = await browser.connect();
      const first = await socket.ticket();
      const owner = `b:${idOf(rig, browser)}`;
      const { store } = rig.sessions.engine;
      const write = { state: "s", epoch: 0, base: "absent", schema: 1 } as const;
      const set = new Map([["a", Buffer.from("J1")]]);
      const expiresAt = Date.now() + 60_000;
      await store.write(owner, [{ ...write, set }], { commitId: "c", expiresAt });
      assert.equal((await browser.post("alive", first)).status, 204);
      assert.ok((await store.owner(owner)).expiresAt > expiresAt + 86_400_000);
      assert.notEqual(await socket.ticket(), first);
      assert.equal(socket.isClosed, false);
    });
  });
});
