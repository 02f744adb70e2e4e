import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signToken, verifyToken } from "../../src/identity/token.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { lastClaims, newTab, RawBrowser, type Rig, withRig } from "./raw.ts";
import { OLDER, SECRET } from "./ring.ts";

function idOf(rig: Rig, browser: RawBrowser): string | undefined {
  const [, token] = (browser.cookie ?? "").split("=");
  return verifyToken(rig.sessions.ring, rig.sessions.cookie.name, token)?.id;
}

describe("the cookie", () => {
  test("the first page sets it when the browser has none, and no cache may keep that page", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const response = await browser.get();
      const [set = "", more] = response.headers.getSetCookie();
      assert.equal(more, undefined);
      assert.match(
        set,
        /^persist-session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
      );
      assert.equal(response.headers.get("cache-control"), "private, no-cache");
      assert.match(await response.text(), /<head><script src="\.\/static\/js\/persist-session\./);
      await browser.connect();
      assert.equal(lastClaims(rig).s, idOf(rig, browser));
      assert.equal(lastClaims(rig).x, undefined);
    });
  });

  test("promise 9 (Bounds): nothing is stored when visitors come and store nothing", async () => {
    await withRig(async (rig) => {
      for (let visit = 0; visit < 20; visit++) await new RawBrowser(rig).get();
      for await (const { owner } of rig.sessions.list()) assert.fail(owner);
    });
  });

  test("the next page leaves it alone when it is good", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const again = await browser.get();
      assert.deepEqual(again.headers.getSetCookie(), []);
      assert.ok(!(await again.text()).includes("data-issue"));
    });
  });

  test("it slides when it was given a while ago", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        await browser.get();
        const id = idOf(rig, browser);
        // A tenth of the ttl: the interval at which it is given again.
        const later = Date.now() + 101;
        while (Date.now() < later) await browser.get("/_persist/health");
        const again = await browser.get();
        assert.match(again.headers.getSetCookie()[0] ?? "", /Max-Age=1;/);
        assert.equal(idOf(rig, browser), id);
      },
      { sessions: { ttl: 1 } },
    );
  });

  test("it is signed anew when an older key has signed it", async () => {
    await withRig(
      async (rig) => {
        const older = new KeyRing(OLDER);
        const id = "5b0f2f0e-6d46-4b4c-9a52-3d1b0d8a4a11";
        const browser = new RawBrowser(
          rig,
          `persist-session=${signToken(older, "persist-session", id)}`,
        );
        await browser.get();
        const [, token = ""] = (browser.cookie ?? "").split("=");
        assert.equal(token, signToken(new KeyRing(SECRET), "persist-session", id));
      },
      { sessions: { secret: [SECRET, OLDER] } },
    );
  });

  test("neither Streamlit nor the app sees it when a page or a socket is asked for", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const cookie = `a=1; ${browser.cookie}; __Host-persist-session=x; b=2`;
      await browser.get("/", { cookie });
      assert.equal(rig.streamlit.requests.at(-1)?.headers.cookie, "a=1; b=2");
      await browser.connect({}, { cookie });
      assert.equal(rig.streamlit.last.headers.cookie, "a=1; b=2");
      await browser.get();
      assert.equal(rig.streamlit.requests.at(-1)?.headers.cookie, undefined);
    });
  });

  test("promise 6 (Isolation): a forged, cut or foreign one counts as none, and nothing is deleted because of it", async () => {
    await withRig(async (rig) => {
      const victim = new RawBrowser(rig);
      await victim.get();
      const id = idOf(rig, victim) ?? "";
      const { store } = rig.sessions.engine;
      const write = { state: "s", epoch: 0, base: "absent", schema: 1 } as const;
      const set = new Map([["a", Buffer.from("J1")]]);
      const expiresAt = Date.now() + 60_000;
      await store.write(`b:${id}`, [{ ...write, set }], { commitId: "c", expiresAt });
      const [name, token = ""] = (victim.cookie ?? "").split("=");
      const foreign = signToken(new KeyRing(OLDER), "persist-session", id);
      const others = signToken(new KeyRing(SECRET), "other-app", id);
      for (const value of [token.slice(0, -1), `${id}.`, id, foreign, others, "", `${token}A`]) {
        const forger = new RawBrowser(rig, `${name}=${value}`);
        await forger.get();
        assert.notEqual(idOf(rig, forger), id);
        const forged = new RawBrowser(rig, `${name}=${value}`);
        await forged.connect();
        assert.notEqual(lastClaims(rig).s, id);
        assert.equal(lastClaims(rig).x, true);
      }
      assert.deepEqual((await store.owner(`b:${id}`)).states, ["s"]);
    });
  });

  test("promise 5 (Clear is final): a dead one gives a fresh session when it comes back", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const { cookie } = browser;
      const id = idOf(rig, browser) ?? "";
      await rig.sessions.engine.store.clear(`b:${id}`, {
        commitId: "c",
        until: Date.now() + 60_000,
      });
      const replayed = new RawBrowser(rig, cookie);
      await replayed.connect();
      assert.notEqual(lastClaims(rig).s, id);
      await browser.get();
      assert.notEqual(idOf(rig, browser), undefined);
      assert.notEqual(idOf(rig, browser), id);
    });
  });

  test("open pages connect anew when their session is found to have ended elsewhere", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const socket = await browser.connect();
      const other = new RawBrowser(rig);
      await other.get();
      const stays = await other.connect();
      const sessionId = idOf(rig, browser) ?? "";
      rig.sessions.engine.events.emit("ended", { sessionId, reason: "elsewhere" });
      await socket.untilClosed();
      assert.equal(stays.isClosed, false);
    });
  });

  test("a page that stays open gets a new one when its session is dead", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      await browser.get();
      const id = idOf(rig, browser) ?? "";
      await rig.sessions.engine.store.clear(`b:${id}`, {
        commitId: "c",
        until: Date.now() + 60_000,
      });
      const socket = await browser.connect({ life: "same" });
      const { s } = lastClaims(rig);
      assert.notEqual(s, id);
      assert.equal((await browser.post("adopt", await socket.adoptTicket())).status, 204);
      assert.equal(idOf(rig, browser), s);
    });
  });
});

describe("over HTTPS", () => {
  const secure = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" };

  test("the cookie has its prefix, and a plain one counts for nothing, when a trusted proxy says HTTPS", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        const [set = ""] = (await browser.get("/", secure)).headers.getSetCookie();
        assert.match(set, /^__Host-persist-session=[^;]+;.*; Secure$/);
        await browser.connect({}, secure);
        const { s } = lastClaims(rig);
        assert.equal(s, idOf(rig, browser));
        // As a sibling subdomain could plant it.
        const planted = new RawBrowser(rig, browser.cookie?.replace("__Host-", ""));
        await planted.connect({}, secure);
        assert.notEqual(lastClaims(rig).s, s);
      },
      { sessions: { trustProxy: "loopback" } },
    );
  });

  test("a cookie for use inside other sites is set, and its endpoints hear that page, when the app is embedded", async () => {
    const cookie = { sameSite: "none", partitioned: true } as const;
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        const [set = ""] = (await browser.get("/", secure)).headers.getSetCookie();
        assert.match(set, /; SameSite=None; Secure; Partitioned$/);
        assert.equal((await browser.post("alive", "", secure)).status, 204);
        // Without HTTPS browsers drop such a cookie: the page works, and it is said once.
        const plain = await new RawBrowser(rig).get();
        assert.equal(plain.status, 200);
        assert.deepEqual(plain.headers.getSetCookie(), []);
        await new RawBrowser(rig).get();
        assert.equal(rig.warnings.filter((line) => line.includes("need HTTPS")).length, 1);
      },
      { sessions: { trustProxy: "loopback", cookie } },
    );
  });
});

describe("a browser without cookies", () => {
  test("it gets a session for its connection, and one warning is given, when several come", async () => {
    await withRig(async (rig) => {
      await new RawBrowser(rig).connect();
      const first = lastClaims(rig);
      await new RawBrowser(rig).connect();
      const second = lastClaims(rig);
      assert.equal(first.x, true);
      assert.notEqual(first.s, second.s);
      assert.equal(rig.warnings.length, 1);
      assert.match(rig.warnings[0] ?? "", /keeps no cookie/);
    });
  });

  test("it keeps its session when its socket drops", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const tab = newTab();
      const socket = await browser.connect({ tab });
      const { s } = lastClaims(rig);
      const { session } = rig.streamlit.last;
      const ticket = await socket.ticket();
      await socket.close();
      await browser.connect({ life: "same", tab, ticket, claimed: session });
      assert.equal(lastClaims(rig).s, s);
      assert.equal(lastClaims(rig).x, true);
      assert.equal(rig.streamlit.last.session, session);
    });
  });
});

describe("two first pages at once", () => {
  test("both end on one session and nothing is lost when one has stored something under the other", async () => {
    await withRig(async (rig) => {
      const [left, right] = [new RawBrowser(rig), new RawBrowser(rig)];
      const issueOf = async (browser: RawBrowser) =>
        /data-issue="([^"]+)"/.exec(await (await browser.get()).text())?.[1] ?? "";
      const [one, two] = await Promise.all([issueOf(left), issueOf(right)]);
      const losing = await left.connect();
      const lost = lastClaims(rig).s;
      const { session } = rig.streamlit.last;
      const { store } = rig.sessions.engine;
      const write = { state: "s", epoch: 0, base: "absent", schema: 1 } as const;
      const set = new Map([["a", Buffer.from("J1")]]);
      const expiresAt = Date.now() + 60_000;
      await store.write(`b:${lost}`, [{ ...write, set }], { commitId: "c", expiresAt });
      // One browser: the cookie that came last is what it has.
      left.cookie = right.cookie;
      const kept = idOf(rig, right) ?? "";
      const ticket = await losing.ticket();
      assert.equal((await left.post("join", `${one} ${two}`)).status, 204);
      await losing.untilClosed();
      assert.deepEqual((await store.owner(`b:${kept}`)).states, ["s"]);
      assert.equal((await store.owner(`b:${lost}`)).owner, "ended");
      await left.connect({ life: "same", tab: losing.tab, ticket, claimed: session });
      assert.equal(lastClaims(rig).s, kept);
      assert.equal(rig.streamlit.last.session, session);
    });
  });

  test("promise 6 (Isolation): nothing is joined when the cookie is of neither, or what is given is made up", async () => {
    await withRig(async (rig) => {
      const issueOf = async (browser: RawBrowser) =>
        /data-issue="([^"]+)"/.exec(await (await browser.get()).text())?.[1] ?? "";
      const [left, right, third] = [1, 2, 3].map(() => new RawBrowser(rig)) as [
        RawBrowser,
        RawBrowser,
        RawBrowser,
      ];
      const one = await issueOf(left);
      const two = await issueOf(right);
      await third.get();
      assert.equal((await third.post("join", `${one} ${two}`)).status, 409);
      assert.equal((await left.post("join", `${one} ${one}x`)).status, 409);
      assert.equal((await left.post("join", one)).status, 409);
      assert.equal((await new RawBrowser(rig).post("join", `${one} ${two}`)).status, 409);
      const { store } = rig.sessions.engine;
      assert.notEqual((await store.owner(`b:${idOf(rig, right)}`)).owner, "ended");
    });
  });
});
