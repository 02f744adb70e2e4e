import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { openTicket } from "../../src/gateway/tickets/resume.ts";
import { lastClaims, newTab, RawBrowser, type Rig, withRig } from "./raw.ts";

/** A browser whose page has got its Streamlit session and its ticket, and was closed. */
async function visited(rig: Rig, headers: Record<string, string> = {}) {
  const browser = new RawBrowser(rig);
  await browser.get();
  const socket = await browser.connect({}, headers);
  const ticket = await socket.ticket();
  const { session } = rig.streamlit.last;
  await socket.close();
  return { browser, tab: socket.tab, ticket, session };
}

describe("resume", () => {
  test("a ticket gives the Streamlit session back when the page is reloaded", async () => {
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig);
      assert.equal(lastClaims(rig).p, "open");
      await browser.connect({ tab, ticket });
      assert.deepEqual(rig.streamlit.last.entries, ["streamlit", "token", session]);
      assert.equal(rig.streamlit.last.session, session);
      assert.equal(lastClaims(rig).p, "resume");
    });
  });

  test("a ticket is good for longer than a session is kept, and for a day at least", async () => {
    const DAY = 86_400_000;
    for (const [keepFor, days] of [
      [3600, 1],
      [3 * 86_400, 3],
    ] as const) {
      await withRig(
        async (rig) => {
          const { ticket, session } = await visited(rig);
          const { ring } = rig.sessions;
          const late = Date.now() + days * DAY;
          assert.equal(openTicket(ring, ticket, late)?.streamlit, session);
          assert.equal(openTicket(ring, ticket, late + 2 * DAY), undefined);
        },
        { gateway: { keepFor } },
      );
    }
  });

  test("a ticket gives the Streamlit session back when the same page connects again, and nothing is run", async () => {
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig);
      const socket = await browser.connect({ life: "same", tab, ticket, claimed: session });
      assert.equal(rig.streamlit.last.session, session);
      assert.equal(lastClaims(rig).p, "reconnect");
      await socket.ticket();
      assert.ok(!socket.frames.some(({ rerun }) => rerun));
    });
  });

  test("promise 6 (Isolation): a Streamlit session id is dropped when the client sends it as a third entry without its ticket", async () => {
    await withRig(async (rig) => {
      const { browser, tab, session } = await visited(rig);
      const other = await visited(rig);
      for (const page of [
        { claimed: session, tab },
        { claimed: session, tab, life: "same" },
        { claimed: session, tab: other.tab, ticket: other.ticket },
      ] as const) {
        await browser.connect(page);
        assert.notEqual(rig.streamlit.last.session, session);
        assert.ok(!rig.streamlit.last.entries.includes(session));
      }
    });
  });

  test("promise 6 (Isolation): a Streamlit session id is dropped when the path of the socket is spelt in another way", async () => {
    await withRig(async (rig) => {
      const { browser, session } = await visited(rig);
      for (const path of [
        "/_stcore/stream/",
        "/_stcore/stream%0A",
        "/_stcore/stre%61m",
        "/_stcore%2fstream#%ff",
        "/_stcore/stream?a=%ff",
      ]) {
        const before = rig.streamlit.arrivals.length;
        const asked = request(`${rig.url}/`, {
          path,
          headers: browser.with({
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": randomBytes(16).toString("base64"),
            "sec-websocket-protocol": `streamlit, token, ${session}`,
            "x-persist-session": "forged",
          }),
        });
        const opened = once(asked, "upgrade") as Promise<[unknown, Socket]>;
        asked.end();
        const [, socket] = await opened;
        socket.destroy();
        await until("it has come", () => rig.streamlit.arrivals.length > before);
        assert.notEqual(rig.streamlit.last.session, session, path);
        assert.equal(lastClaims(rig).t, null, path);
      }
    });
  });

  test("promise 6 (Isolation): a ticket is useless when it comes from another browser, tab or person", async () => {
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig);
      const stranger = new RawBrowser(rig);
      await stranger.get();
      await stranger.connect({ tab, ticket });
      assert.notEqual(rig.streamlit.last.session, session);
      // Nor without a cookie, nor with a forged one.
      await new RawBrowser(rig).connect({ tab, ticket });
      assert.notEqual(rig.streamlit.last.session, session);
      const [name, value = ""] = (browser.cookie ?? "").split("=");
      const flipped = value.endsWith("A") ? "E" : "A";
      await new RawBrowser(rig, `${name}=${value.slice(0, -1)}${flipped}`).connect({ tab, ticket });
      assert.notEqual(rig.streamlit.last.session, session);
      await browser.connect({ tab: newTab(), ticket });
      assert.notEqual(rig.streamlit.last.session, session);
      const cookie = `${browser.cookie}; _streamlit_user=somebody`;
      await browser.connect({ tab, ticket }, { cookie });
      assert.notEqual(rig.streamlit.last.session, session);
      // And it still works for whom it was made.
      await browser.connect({ tab, ticket });
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("a person's ticket is useless when that person has logged out", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const { cookie = "" } = browser;
      const signedIn = { cookie: `${cookie}; _streamlit_user=ann; _streamlit_user__1=more` };
      const socket = await browser.connect({}, signedIn);
      const ticket = await socket.ticket();
      const { session } = rig.streamlit.last;
      await socket.close();
      await browser.connect({ tab: socket.tab, ticket });
      assert.notEqual(rig.streamlit.last.session, session);
      await browser.connect({ tab: socket.tab, ticket }, signedIn);
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("a trusted user header counts when a trusted proxy sends it, and is dropped when a client does", async () => {
    const options = { gateway: { trustedUserHeaders: ["X-User"] } };
    await withRig(async (rig) => {
      await visited(rig, { "x-user": "ann" });
      assert.equal(rig.streamlit.last.headers["x-user"], undefined);
    }, options);
    const trusting = { ...options, sessions: { trustProxy: "loopback" as const } };
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig, { "x-user": "ann" });
      assert.equal(rig.streamlit.last.headers["x-user"], "ann");
      await browser.connect({ tab, ticket }, { "x-user": "bob" });
      assert.notEqual(rig.streamlit.last.session, session);
      await browser.connect({ tab, ticket }, { "x-user": "ann" });
      assert.equal(rig.streamlit.last.session, session);
    }, trusting);
  });

  test("a ticket is useless when Streamlit has been restarted, and the page runs again", async () => {
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig);
      rig.restart();
      const socket = await browser.connect({ life: "same", tab, ticket, claimed: session });
      assert.deepEqual(rig.streamlit.last.entries, ["streamlit", "token"]);
      assert.equal(lastClaims(rig).p, "open");
      assert.ok(socket.frames.some(({ rerun }) => rerun));
      // A page that begins runs by itself.
      const next = await browser.connect({ tab, ticket });
      await next.ticket();
      assert.ok(!next.frames.some(({ rerun }) => rerun));
    });
  });

  test("a page runs again when it is not known whether its Streamlit session was kept", async () => {
    await withRig(
      async (rig) => {
        const { browser, tab, ticket, session } = await visited(rig);
        const socket = await browser.connect({ life: "same", tab, ticket, claimed: session });
        assert.equal(rig.streamlit.last.session, session);
        assert.ok(socket.frames.some(({ rerun }) => rerun));
      },
      { gateway: { streamlitStart: () => undefined } },
    );
  });

  test("a reload begins anew when resume is off, and a dropped socket does not", async () => {
    await withRig(
      async (rig) => {
        const { browser, tab, ticket, session } = await visited(rig);
        await browser.connect({ tab, ticket });
        assert.notEqual(rig.streamlit.last.session, session);
        await browser.connect({ life: "same", tab, ticket, claimed: session });
        assert.equal(rig.streamlit.last.session, session);
      },
      { gateway: { resume: false } },
    );
  });

  test("the socket before is closed and told when another page comes with the tab's ticket", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const first = await browser.connect();
      const ticket = await first.ticket();
      const { session, socket } = rig.streamlit.last;
      await browser.connect({ tab: first.tab, ticket });
      assert.equal(rig.streamlit.last.session, session);
      assert.ok(first.frames.some(({ taken }) => taken));
      await first.untilClosed();
      assert.equal(socket.readyState, socket.CLOSED);
    });
  });

  test("the tab gets a new ticket when Streamlit has not kept what the old one names", async () => {
    await withRig(async (rig) => {
      const { browser, tab, ticket, session } = await visited(rig);
      rig.streamlit.forget();
      const socket = await browser.connect({ tab, ticket });
      const fresh = rig.streamlit.last.session;
      assert.notEqual(fresh, session);
      const again = await socket.ticket();
      await socket.close();
      await browser.connect({ tab, ticket: again });
      assert.equal(rig.streamlit.last.session, fresh);
    });
  });
});

describe("the assertion", () => {
  test("what a client sends under its name is dropped when it is a request or an upgrade", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get("/", { "x-persist-session": "forged" });
      assert.equal(rig.streamlit.requests.at(-1)?.headers["x-persist-session"], undefined);
      await browser.connect({}, { "x-persist-session": "forged" });
      assert.notEqual(rig.streamlit.last.headers["x-persist-session"], "forged");
      assert.equal(lastClaims(rig).s.length, randomUUID().length);
    });
  });

  test("no entry of ours reaches Streamlit when the page's is malformed", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      await browser.connect({ tab: "no.tab" });
      assert.deepEqual(rig.streamlit.last.entries, ["streamlit", "token"]);
      assert.equal(lastClaims(rig).t, null);
    });
  });
});
