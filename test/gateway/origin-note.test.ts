import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeOriginNote } from "../../src/gateway/tickets/index.ts";
import { lastClaims, newTab, RawBrowser, type Rig, withRig } from "./raw.ts";
import { ring } from "./ring.ts";

/** Where browsers have the app: a proxy rewrites Host, so the gateway has never heard of it. */
const APP = "https://app.example";
const HEADER = "x-persist-session-origin";
const own = { origin: APP, "sec-fetch-site": "same-origin" };

/** A browser with a session's cookie, and the note that its page has. */
async function known(rig: Rig) {
  const browser = new RawBrowser(rig);
  await browser.get();
  const note = (await browser.post("hello", "", own)).headers.get(HEADER) ?? "";
  await browser.connect({ note }, { origin: APP });
  const { s: session, x } = lastClaims(rig);
  assert.equal(x, undefined);
  return { browser, note, session };
}

describe("a page behind a proxy that rewrites Host", () => {
  test("has its session by the note that its POST was answered with, and Streamlit accepts its origin", async () => {
    await withRig(async (rig) => {
      const { browser, note, session } = await known(rig);
      assert.notEqual(note, "");
      assert.equal(rig.streamlit.last.headers.origin, rig.url);
      const socket = await browser.connect({ tab: newTab(), note }, { origin: APP });
      assert.equal(lastClaims(rig).s, session);
      const ticket = await socket.ticket();
      await socket.close();
      // Every POST of the page brings one, since the session's id may be another by then.
      const again = (await browser.post("alive", ticket, own)).headers.get(HEADER) ?? "";
      await browser.connect({ note: again }, { origin: APP });
      assert.equal(lastClaims(rig).s, session);
    });
  });

  test("is told by the head which host the gateway sees, and may send messages to its own window", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const html = await (await browser.get()).text();
      assert.ok(html.includes(` data-host="${new URL(rig.url).host}"`), html);
      const headers = { "sec-fetch-site": "same-origin", referer: `${APP}/~/+/` };
      const config = async (sent: Record<string, string>) =>
        (await (await browser.get("/_stcore/host-config", sent)).json()) as {
          allowedOrigins: string[];
        };
      assert.ok((await config(headers)).allowedOrigins.includes(APP));
      for (const site of ["cross-site", "same-site", "none"]) {
        const { allowedOrigins } = await config({ ...headers, "sec-fetch-site": site });
        assert.ok(!allowedOrigins.includes(APP), site);
      }
    });
  });

  test("gets no note where Host can be compared", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const answer = await browser.post("hello", "", { ...own, origin: rig.url });
      assert.equal(answer.headers.get(HEADER), null);
      const bare = await browser.post("hello", "", { origin: rig.url, "sec-fetch-site": "none" });
      assert.equal(bare.headers.get(HEADER), null);
    });
  });
});

describe("promise 6 (Isolation): the note of an origin", () => {
  test("is useless from another origin, with another browser's cookie, or with none", async () => {
    await withRig(async (rig) => {
      const { browser, note, session } = await known(rig);
      for (const origin of ["https://evil.example", "null", "https://app.example:444", ""]) {
        await browser.connect({ note }, { origin });
        assert.notEqual(lastClaims(rig).s, session, origin);
      }
      for (const site of ["cross-site", "same-site"]) {
        await browser.connect({ note }, { origin: APP, "sec-fetch-site": site });
        assert.notEqual(lastClaims(rig).s, session, site);
      }
      const other = await known(rig);
      await other.browser.connect({ note }, { origin: APP });
      assert.equal(lastClaims(rig).x, true);
      await new RawBrowser(rig).connect({ note }, { origin: APP });
      assert.equal(lastClaims(rig).x, true);
    });
  });

  test("is not given to a page of another origin, for the session of the visitor whose cookie it makes the browser send", async () => {
    await withRig(async (rig) => {
      const { browser } = await known(rig);
      for (const headers of [
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
        { origin: "https://evil.example", "sec-fetch-site": "same-site" },
        { origin: "https://evil.example", "sec-fetch-site": "none" },
        { origin: "null", "sec-fetch-site": "same-origin" },
      ]) {
        const answer = await browser.post("hello", "", headers);
        assert.equal(answer.status, 403);
        assert.equal(answer.headers.get(HEADER), null);
      }
    });
  });

  test("of a program that makes up what browsers say holds for that program's own session alone", async () => {
    await withRig(async (rig) => {
      const { browser: victim, session } = await known(rig);
      const evil = { origin: "https://evil.example", "sec-fetch-site": "same-origin" };
      const program = new RawBrowser(rig);
      await program.get();
      const note = (await program.post("hello", "", evil)).headers.get(HEADER) ?? "";
      assert.notEqual(note, "");
      await victim.connect({ note }, { origin: "https://evil.example" });
      assert.notEqual(lastClaims(rig).s, session);
      assert.equal(lastClaims(rig).x, true);
    });
  });

  test("ends with its time, and a forged or cut one is none", async () => {
    await withRig(async (rig) => {
      const { browser, note, session } = await known(rig);
      const late = makeOriginNote(ring, { session, origin: APP }, 1000, Date.now() - 2000);
      for (const bad of [late, note.slice(1), `${note}A`, "x", ""]) {
        await browser.connect({ note: bad }, { origin: APP });
        assert.notEqual(lastClaims(rig).s, session, bad);
      }
      const good = makeOriginNote(ring, { session, origin: APP }, 1000);
      await browser.connect({ note: good }, { origin: APP });
      assert.equal(lastClaims(rig).s, session);
    });
  });
});
