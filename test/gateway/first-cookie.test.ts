import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { openIssue, makeIssue } from "../../src/gateway/tickets/first-cookie.ts";
import type { Exchange } from "../../src/gateway/proxy/hooks.ts";
import { newSessionId } from "../../src/identity/token.ts";
import { RawBrowser, type Rig, withRig } from "./raw.ts";
import { ring } from "./ring.ts";

const NOTE = /data-issue="([^"]+)"/;

async function noteOf(browser: RawBrowser, headers: Record<string, string> = {}): Promise<string> {
  return NOTE.exec(await (await browser.get("/", headers)).text())?.[1] ?? "";
}

/** Two first visits of one browser at once, which kept the cookie of the second. */
async function twoVisits(rig: Rig): Promise<{ browser: RawBrowser; body: string; lost: string }> {
  const [first, browser] = [new RawBrowser(rig), new RawBrowser(rig)];
  const body = `${await noteOf(first)} ${await noteOf(browser)}`;
  const [, lost = ""] = /=([0-9a-f-]{36})\./.exec(first.cookie ?? "") ?? [];
  const { store } = rig.sessions.engine;
  const set = new Map([["a", Buffer.from("J1")]]);
  await store.write(`b:${lost}`, [{ state: "s", epoch: 0, base: "absent", schema: 1, set }], {
    commitId: "c",
    expiresAt: Date.now() + 3_600_000,
  });
  return { browser, body, lost };
}

describe("promise 6 (Isolation): the note of a first visit", () => {
  test("joins nothing two minutes after it was given, whatever the other note says", async () => {
    await withRig(async (rig) => {
      const { browser, body, lost } = await twoVisits(rig);
      mock.timers.enable({ apis: ["Date"], now: Date.now() + 119_000 });
      try {
        // A fresh note of the one who found the old ones does not make them young again.
        const thief = new RawBrowser(rig);
        const own = await noteOf(thief);
        mock.timers.tick(2_000);
        const [stolen = ""] = body.split(" ");
        assert.equal((await thief.post("join", `${stolen} ${own}`)).status, 409);
        assert.equal((await browser.post("join", body)).status, 409);
        assert.equal((await rig.sessions.engine.store.owner(`b:${lost}`)).owner, "living");
      } finally {
        mock.timers.reset();
      }
      // The same notes, in time.
      assert.equal((await browser.post("join", body)).status, 204);
      assert.equal((await rig.sessions.engine.store.owner(`b:${lost}`)).owner, "ended");
    });
  });

  test("joins nothing for another browser or on another host", async () => {
    await withRig(
      async (rig) => {
        const { browser, body, lost } = await twoVisits(rig);
        for (const headers of [
          { "user-agent": "another" },
          { "x-forwarded-host": "other.example" },
        ])
          assert.equal((await browser.post("join", body, headers)).status, 409);
        assert.equal((await rig.sessions.engine.store.owner(`b:${lost}`)).owner, "living");
      },
      { sessions: { trustProxy: "loopback" } },
    );
  });

  test("is good for nothing else", async () => {
    await withRig(async (rig) => {
      const { browser, body } = await twoVisits(rig);
      const [one = ""] = body.split(" ");
      assert.equal((await browser.post("adopt", one)).status, 410);
      assert.equal((await browser.post("alive", one)).status, 204);
      assert.deepEqual((await browser.post("alive", one)).headers.getSetCookie(), []);
    });
  });

  test("is refused when it comes from the future, beyond what clocks of two gateways differ by", () => {
    const request = { headers: { "user-agent": "x" } };
    const exchange = { request, host: "app.example" } as unknown as Exchange;
    const [id, now] = [newSessionId(), Date.now()];
    const open = (at: number) => openIssue(ring, makeIssue(ring, id, exchange, at), exchange, now);
    assert.equal(open(now + 9_000)?.session, id);
    assert.equal(open(now + 11_000), undefined);
    assert.equal(open(now - 119_000)?.session, id);
    assert.equal(open(now - 120_000), undefined);
  });
});
