import assert from "node:assert/strict";
import { mock } from "node:test";
import { currentSession, restore, sessionOf } from "../../../src/index.ts";
import { KeyRing } from "../../../src/identity/key-ring.ts";
import { signToken } from "../../../src/identity/token.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { Browser } from "../browser.ts";
import type { Routes } from "../driver.ts";
import { SECRET, withApp } from "../fixture.ts";

const NAME = "persist-session";

const routes: Routes = {
  "/clear": async () => {
    await currentSession().clear();
    return { text: "cleared" };
  },
  "/clear-and-add": async () => {
    await currentSession().clear();
    (await restore(AppState)).count++;
    return { text: "cleared" };
  },
  "/rotate": async () => {
    await currentSession().rotate();
    return { text: "rotated" };
  },
};

/** A browser that holds this cookie. */
function holding(url: string, token: string): Browser {
  const browser = new Browser(url);
  browser.cookies.set(NAME, token);
  return browser;
}

export const lives: Behaviour[] = [
  {
    name: "promise 5 (Clear is final): session.clear() deletes the cookie, and the old one opens nothing",
    run: async (driver) =>
      await withApp(driver, routes, async ({ browser, url, stored }) => {
        const visitor = browser();
        await visitor.get("/add");
        const dead = visitor.cookies.get(NAME)!;
        const { setCookies, headers } = await visitor.get("/clear");
        assert.equal(setCookies.length, 1);
        assert.match(setCookies[0]!, /^persist-session=; Max-Age=0; /);
        assert.equal(headers["cache-control"], "private, no-cache");
        assert.deepEqual(await stored(), []);
        const replay = holding(url, dead);
        const { text } = await replay.get("/add");
        assert.equal(text, "1");
        assert.notEqual(replay.cookies.get(NAME), dead);
      }),
  },
  {
    name: "session.clear() and a change after it give one cookie, of a fresh session",
    run: async (driver) =>
      await withApp(driver, routes, async ({ browser }) => {
        const visitor = browser();
        await visitor.get("/add");
        await visitor.get("/add");
        const dead = visitor.cookies.get(NAME);
        const { setCookies } = await visitor.get("/clear-and-add");
        assert.equal(setCookies.length, 1);
        assert.notEqual(visitor.cookies.get(NAME), dead);
        assert.match((await visitor.get("/read")).text, /"count":1/);
      }),
  },
  {
    name: "session.rotate() gives a new cookie with the same data, and the old one opens nothing",
    run: async (driver) =>
      await withApp(driver, routes, async ({ browser, url }) => {
        const visitor = browser();
        await visitor.get("/add");
        const dead = visitor.cookies.get(NAME)!;
        const { setCookies } = await visitor.get("/rotate");
        assert.equal(setCookies.length, 1);
        assert.notEqual(visitor.cookies.get(NAME), dead);
        assert.match((await visitor.get("/read")).text, /"count":1/);
        assert.match((await holding(url, dead).get("/read")).text, /"count":0/);
      }),
  },
  {
    name: "a change in a session.run() of its own gives the new visitor a cookie too",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/run": async ({ request }) => {
            const session = sessionOf(request);
            await session.run(async () => {
              (await restore(AppState)).count = 7;
            });
            return { text: "run" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.get("/run");
          assert.match((await visitor.get("/read")).text, /"count":7/);
        },
      ),
  },
  {
    name: "clear() and rotate() in a session.run() of its own reach the browser too",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/run-rotate": async ({ request }) => {
            await sessionOf(request).run(async () => await currentSession().rotate());
            return { text: "rotated" };
          },
          "/run-clear": async ({ request }) => {
            await sessionOf(request).run(async () => await currentSession().clear());
            return { text: "cleared" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.get("/add");
          const dead = visitor.cookies.get(NAME);
          await visitor.get("/run-rotate");
          assert.notEqual(visitor.cookies.get(NAME), dead);
          assert.match((await visitor.get("/read")).text, /"count":1/);
          await visitor.get("/run-clear");
          assert.equal(visitor.cookies.has(NAME), false);
        },
      ),
  },
  {
    name: "the cookie slides: it is renewed when that is due, and not on each request",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser, store }) => {
        const visitor = browser();
        await visitor.get("/add");
        // The records of a new session are kept for a day; the first return of the cookie, which
        // has the whole time, gives it to them.
        for (let round = 0; round < 2; round++) {
          const { setCookies } = await visitor.get("/read");
          assert.deepEqual([setCookies, store.touches], [[], 1]);
        }
        mock.timers.enable({ apis: ["Date"], now: Date.now() + 2 * 86_400_000 });
        try {
          const later = await visitor.get("/read");
          assert.deepEqual([later.setCookies.length, store.touches], [1, 2]);
          assert.match(later.setCookies[0]!, /Max-Age=2592000/);
          assert.deepEqual((await visitor.get("/read")).setCookies, []);
        } finally {
          mock.timers.reset();
        }
      }),
  },
  {
    name: "a token that an older key has signed is signed anew, and its data stay",
    run: async (driver) => {
      const older = "q".repeat(10) + SECRET;
      await withApp(
        driver,
        {},
        async ({ browser, url }) => {
          const visitor = browser();
          await visitor.get("/add");
          const current = visitor.cookies.get(NAME)!;
          const [id = ""] = current.split(".");
          const old = holding(url, signToken(new KeyRing(older), NAME, id));
          assert.notEqual(old.cookies.get(NAME), current);
          const { text, setCookies } = await old.get("/add");
          assert.deepEqual([text, setCookies.length], ["2", 1]);
          assert.equal(old.cookies.get(NAME), current);
          assert.deepEqual((await old.get("/add")).setCookies, []);
        },
        { secret: [SECRET, older] },
      );
    },
  },
  {
    name: "promise 6 (Isolation): a forged or cut cookie gives a new session, and the other's data stay as they were",
    run: async (driver) =>
      await withApp(driver, routes, async ({ browser, url }) => {
        const victim = browser();
        await victim.get("/add");
        const token = victim.cookies.get(NAME)!;
        const [id = "", mac = ""] = token.split(".");
        const forged = [
          id,
          `${id}.`,
          `${id}.${"A".repeat(mac.length)}`,
          token.slice(0, -1),
          `${token}x`,
          token.toUpperCase(),
        ];
        for (const cookie of forged) {
          assert.match((await holding(url, cookie).get("/read")).text, /"count":0/);
          await holding(url, cookie).get("/clear");
          const thief = holding(url, cookie);
          assert.equal((await thief.get("/add")).text, "1");
          assert.notEqual(thief.cookies.get(NAME), token);
        }
        assert.match((await victim.get("/read")).text, /"count":1/);
      }),
  },
];
