import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserOwner } from "../../src/sessions/records/owners.ts";
import { verifyToken } from "../../src/identity/token.ts";
import { until } from "../support/until.ts";
import { lastClaims, RawBrowser, type Rig, withRig } from "./raw.ts";

function idOf(rig: Rig, { cookie = "" }: RawBrowser): string {
  const { ring, cookie: settings } = rig.sessions;
  return verifyToken(ring, settings.name, cookie.split("=")[1])?.id ?? "";
}

/** Stores something, as the state service does. */
async function keep(rig: Rig, id: string): Promise<void> {
  const set = new Map([["count", Buffer.from("J1")]]);
  const { store } = rig.sessions.engine;
  const write = { state: "app", epoch: 0, base: "absent" as const, set };
  await store.write(browserOwner(id), [write], {
    commitId: id,
    expiresAt: Date.now() + 3_600_000,
  });
}

async function kept(rig: Rig, id: string): Promise<boolean> {
  const { record } = await rig.sessions.engine.store.read(browserOwner(id), "app");
  return record !== undefined;
}

async function statusOf(rig: Rig, id: string): Promise<string> {
  return (await rig.sessions.engine.store.owner(browserOwner(id))).owner;
}

/** Loads the page, signed in or not. @returns the session's id after it */
async function load(rig: Rig, browser: RawBrowser, user?: string): Promise<string> {
  const cookie = [browser.cookie, user && `_streamlit_user=${user}`].filter(Boolean).join("; ");
  await browser.get("/", cookie === "" ? {} : { cookie });
  return idOf(rig, browser);
}

describe("a login by st.login", () => {
  test("gives the browser a new cookie with its states kept, and ends the old one; so do another user and the logout", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      let before = await load(rig, browser);
      await keep(rig, before);
      const changes: boolean[] = [];
      for (const user of ["ann", "ann", "bob", undefined, undefined, "bob"]) {
        const id = await load(rig, browser, user);
        assert.ok(await kept(rig, id));
        changes.push(id !== before);
        if (id !== before) assert.equal(await statusOf(rig, before), "ended");
        before = id;
      }
      assert.deepEqual(changes, [true, false, true, true, false, true]);
    });
  });

  test("two pages at once end in one session, and their sockets are of it", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const first = await load(rig, browser);
      await keep(rig, first);
      const { cookie } = browser;
      const open = await browser.connect();
      const tabs = [new RawBrowser(rig, cookie), new RawBrowser(rig, cookie)];
      await Promise.all(tabs.map(async (tab) => await load(rig, tab, "ann")));
      await open.untilClosed();
      const given = new Set(tabs.map((tab) => idOf(rig, tab)).filter((id) => id !== first));
      assert.equal(given.size, 1);
      const [id = ""] = given;
      assert.ok(await kept(rig, id));
      const signedIn = tabs.find((tab) => idOf(rig, tab) === id) as RawBrowser;
      await signedIn.connect({}, { cookie: `${signedIn.cookie}; _streamlit_user=ann` });
      assert.equal(lastClaims(rig).s, id);
    });
  });

  test("an answer that never arrived loses nothing for that person, and opens nothing for another", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const first = await load(rig, browser);
      await keep(rig, first);
      const { cookie } = browser;
      const lost = await load(rig, browser, "ann");
      assert.equal(await load(rig, new RawBrowser(rig, cookie), "ann"), lost);
      for (const user of ["bob", undefined])
        assert.ok(!(await kept(rig, await load(rig, new RawBrowser(rig, cookie), user))));
    });
  });

  test("a browser that comes signed in keeps its id, and one that has stored nothing leaves nothing before its page is open", async () => {
    await withRig(async (rig) => {
      const browser = new RawBrowser(rig);
      const id = await load(rig, browser, "ann");
      assert.equal(await load(rig, browser, "ann"), id);
      assert.equal(await statusOf(rig, id), "absent");
      await browser.connect({}, { cookie: `${browser.cookie}; _streamlit_user=ann` });
      assert.equal(await statusOf(rig, id), "living");
      const anonymous = new RawBrowser(rig);
      const planted = await load(rig, anonymous);
      assert.notEqual(await load(rig, anonymous, "ann"), planted);
    });
  });

  test("a trusted user header counts as a login, from a trusted proxy alone", async () => {
    for (const trustProxy of ["loopback", false] as const) {
      await withRig(
        async (rig) => {
          const browser = new RawBrowser(rig);
          const first = await load(rig, browser);
          await keep(rig, first);
          await browser.get("/", { cookie: browser.cookie ?? "", "x-user": "ann" });
          assert.equal(idOf(rig, browser) !== first, trustProxy === "loopback");
          assert.ok(await kept(rig, idOf(rig, browser)));
        },
        { sessions: { trustProxy }, gateway: { trustedUserHeaders: ["X-User"] } },
      );
    }
  });

  test("with rotateOnLogin: false nothing changes", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        const first = await load(rig, browser);
        await keep(rig, first);
        assert.equal(await load(rig, browser, "ann"), first);
      },
      { gateway: { rotateOnLogin: false } },
    );
  });
});

describe("a login by a cookie of the app's own", () => {
  const gateway = { loginCookies: ["my_auth"] };
  const jwt = (claims: object): string =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

  /**
   * Whether a reload gets the live Streamlit session back, by the login cookies at the connection,
   * in between and at the reload.
   */
  async function resumes(rig: Rig, before: string, between: string[], after: string) {
    const browser = new RawBrowser(rig);
    await browser.get();
    const own = browser.cookie ?? "";
    const header = (value: string) => ({ cookie: value === "" ? own : `${own}; my_auth=${value}` });
    const socket = await browser.connect({}, header(before));
    const ticket = await socket.ticket();
    const { session } = rig.streamlit.last;
    for (const value of between) await browser.get("/", header(value));
    await socket.close();
    await browser.get("/", header(after));
    await browser.connect({ tab: socket.tab, ticket }, header(after));
    return rig.streamlit.last.session === session;
  }

  test("once the cookie has gone or is another, a reload begins anew; one that has come, or stayed, is no reason to", async () => {
    await withRig(
      async (rig) => {
        assert.ok(await resumes(rig, "", [], ""));
        assert.ok(await resumes(rig, "ann", [], "ann"));
        assert.ok(await resumes(rig, "", [], "ann"), "signed in by this page");
        assert.ok(!(await resumes(rig, "ann", [], "")), "signed out elsewhere");
        assert.ok(!(await resumes(rig, "ann", [], "bob")));
        assert.ok(!(await resumes(rig, "", ["ann"], "")), "signed in by this page, out by another");
        assert.ok(!(await resumes(rig, "", ["ann"], "bob")));
        assert.ok(await resumes(rig, "", ["ann"], "ann"));
        const ann = { username: "ann" };
        const [early, late] = [jwt({ ...ann, exp_date: 1 }), jwt({ ...ann, exp_date: 2 })];
        assert.ok(await resumes(rig, early, [], late), "extended");
        assert.ok(!(await resumes(rig, early, [], jwt({ username: "bob", exp_date: 1 }))));
      },
      { gateway },
    );
  });

  test("a page that lost its socket after the logout goes on, and a reload of it begins anew all the same", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        await browser.get();
        const signedIn = { cookie: `${browser.cookie}; my_auth=ann` };
        const socket = await browser.connect({}, signedIn);
        const [ticket, { session }] = [await socket.ticket(), rig.streamlit.last];
        const { tab } = socket;
        await socket.close();
        const same = await browser.connect({ life: "same", tab, ticket, claimed: session });
        const next = await same.ticket();
        assert.equal(rig.streamlit.last.session, session);
        await same.close();
        await browser.connect({ tab, ticket: next });
        assert.notEqual(rig.streamlit.last.session, session);
      },
      { gateway },
    );
  });

  test("a page that only lost its socket goes on, and without the option no cookie counts", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        await browser.get();
        const signedIn = { cookie: `${browser.cookie}; my_auth=ann` };
        const socket = await browser.connect({}, signedIn);
        const [ticket, { session }] = [await socket.ticket(), rig.streamlit.last];
        await socket.close();
        await browser.connect({ life: "same", tab: socket.tab, ticket, claimed: session });
        assert.equal(rig.streamlit.last.session, session);
      },
      { gateway },
    );
    await withRig(async (rig) => assert.ok(await resumes(rig, "ann", [], "")));
  });
});

describe("an absolute lifetime", () => {
  const sessions = { maxLifetime: "1h" } as const;
  const HOUR = 3_600_000;

  test("bounds the cookie and the records, and then a page gets another session", async (t) => {
    let now = Date.now();
    t.mock.method(Date, "now", () => now);
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        const response = await browser.get();
        assert.match(response.headers.getSetCookie()[0] ?? "", /Max-Age=3600;/);
        const id = idOf(rig, browser);
        const socket = await browser.connect();
        const ticket = await socket.ticket();
        const { session } = rig.streamlit.last;
        await socket.close();
        const { store } = rig.sessions.engine;
        assert.ok((await store.owner(browserOwner(id))).expiresAt <= now + HOUR);
        now += HOUR - 1000;
        await browser.post("alive", ticket);
        assert.equal(await load(rig, browser), id);
        assert.ok((await store.owner(browserOwner(id))).expiresAt <= now + 1000);
        now += 1000;
        const stale = new RawBrowser(rig, browser.cookie);
        assert.notEqual(await load(rig, browser), id);
        // Also for a client that has the old cookie, and goes past the page.
        await stale.connect({ tab: socket.tab, ticket });
        assert.notEqual(lastClaims(rig).s, id);
        assert.notEqual(rig.streamlit.last.session, session);
      },
      { sessions },
    );
  });

  test("an open page is closed when its session's time is over, and goes on with a fresh one", async () => {
    await withRig(
      async (rig) => {
        const browser = new RawBrowser(rig);
        await browser.get();
        const id = idOf(rig, browser);
        const socket = await browser.connect();
        const { session } = rig.streamlit.last;
        await keep(rig, id);
        await socket.untilClosed();
        await until("its records have ended", async () => (await statusOf(rig, id)) === "ended");
        const back = await browser.connect({ life: "same", tab: socket.tab, claimed: session });
        assert.notEqual(rig.streamlit.last.session, session);
        await browser.post("adopt", await back.adoptTicket());
        assert.notEqual(idOf(rig, browser), id);
        assert.equal(lastClaims(rig).s, idOf(rig, browser));
      },
      { sessions: { maxLifetime: "2s" } },
    );
  });
});
