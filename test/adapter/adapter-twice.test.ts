import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { createSessions, type Sessions } from "../../src/index.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { type Listener, twiceApps as apps } from "./twice-apps.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false, log: () => {} } as const;

async function stored(sessions: Sessions): Promise<number> {
  let count = 0;
  for await (const info of sessions.list()) if (info !== undefined) count++;
  return count;
}

/** Without the app's own error handler, so that frameworks answer as they do by themselves. */
async function withApp(
  listener: Listener,
  work: (browser: Browser) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  try {
    await work(new Browser(await listen(server)));
  } finally {
    await stop(server);
  }
}

describe("an adapter used twice with the same Sessions", () => {
  for (const [name, start] of Object.entries(apps))
    test(`${name}: one session, one cookie, and nothing is lost`, async () => {
      const sessions = createSessions(options);
      await withApp(await start(sessions, sessions), async (browser) => {
        const first = await browser.get("/");
        assert.deepEqual([first.status, first.text], [200, '["outer","inner"]']);
        assert.equal(first.setCookies.length, 1);
        const second = await browser.get("/");
        assert.deepEqual(JSON.parse(second.text), ["outer", "inner", "outer", "inner"]);
        assert.deepEqual(second.setCookies, []);
      });
      assert.equal(await stored(sessions), 1);
      await sessions.close();
    });
});

/** These take part in a request of other sessions, and the first ones count. */
const TAKE_PART = new Set(["tRPC below Express", "h3 1: two plugins", "h3 2: app.use() twice"]);

describe("an adapter below another with other Sessions", () => {
  for (const [name, start] of Object.entries(apps)) {
    test(`${name}: the same cookie ${TAKE_PART.has(name) ? "is the first one's" : "is refused"}`, async () => {
      const [one, two] = [createSessions(options), createSessions(options)];
      await withApp(await start(one, two), async (browser) => {
        const answer = await browser.get("/");
        if (TAKE_PART.has(name)) {
          assert.deepEqual([answer.text, answer.setCookies.length], ['["outer","inner"]', 1]);
          return;
        }
        assert.equal(answer.status, 500);
        assert.ok(answer.setCookies.length <= 1);
      });
      assert.equal(await stored(two), 0);
      await Promise.all([one.close(), two.close()]);
    });

    test(`${name}: cookies of their own both work`, async () => {
      const [one, two] = ["c0", "c1"].map((cookie) =>
        createSessions({ ...options, cookie: { name: cookie } }),
      ) as [Sessions, Sessions];
      await withApp(await start(one, two), async (browser) => {
        const first = await browser.get("/");
        assert.deepEqual([first.status, first.text], [200, '["inner"]']);
        assert.deepEqual([...browser.cookies.keys()].toSorted(), ["c0", "c1"]);
        assert.deepEqual(JSON.parse((await browser.get("/")).text), ["inner", "inner"]);
      });
      for (const sessions of [one, two]) assert.equal(await stored(sessions), 1);
      await Promise.all([one.close(), two.close()]);
    });
  }
});
