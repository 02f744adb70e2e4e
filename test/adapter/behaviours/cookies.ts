import assert from "node:assert/strict";
import { restore } from "../../../src/index.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { withApp } from "../fixture.ts";

const COOKIE =
  /^persist-session=[0-9a-f-]{36}\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/;

export const cookies: Behaviour[] = [
  {
    name: "promise 1 (Reload): a reload shows every change",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/push": async ({ query }) => {
            const { list } = await restore(AppState);
            list.push(query.get("item") ?? "");
            return { redirect: "/read" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.post("/push?item=milk");
          await visitor.get("/add");
          await visitor.get("/push?item=bread");
          const { text } = await visitor.get("/read");
          assert.deepEqual(JSON.parse(text), { count: 1, list: ["milk", "bread"] });
        },
      ),
  },
  {
    name: "promise 9 (Bounds): a visitor who only reads gets no cookie, leaves no record, costs no write",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser, stored, store }) => {
        for (const path of ["/read", "/nothing"]) {
          const { setCookies, status, headers } = await browser().get(path);
          assert.deepEqual([status, setCookies], [200, []]);
          assert.equal(headers["cache-control"], undefined);
        }
        assert.deepEqual(await stored(), []);
        assert.deepEqual([store.writes, store.touches, store.clears], [0, 0, 0]);
      }),
  },
  {
    name: "a request that uses no session asks the store nothing, also of a known visitor",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser, store }) => {
        const visitor = browser();
        await visitor.get("/add");
        const { reads } = store;
        const { text, setCookies } = await visitor.get("/nothing");
        assert.deepEqual([text, setCookies, store.reads], ["nothing", [], reads]);
      }),
  },
  {
    name: "the first change sets one cookie, and no cache may keep that response",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser, stored }) => {
        const visitor = browser();
        const { setCookies, headers } = await visitor.get("/add");
        assert.equal(setCookies.length, 1);
        assert.match(setCookies[0]!, COOKIE);
        assert.equal(headers["cache-control"], "private, no-cache");
        assert.equal((await stored()).length, 1);
        // It is for the whole time already, though the records live shorter until it has come back.
        for (const count of ["2", "3"]) {
          const again = await visitor.get("/add");
          assert.deepEqual([again.text, again.setCookies], [count, []]);
          assert.equal(again.headers["cache-control"], undefined);
        }
      }),
  },
  {
    name: "the app's own cookies stay beside ours, and its no-store too",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/mine": async () => {
            (await restore(AppState)).count++;
            return {
              text: "mine",
              headers: { "set-cookie": ["a=1; Path=/", "b=2"], "cache-control": "no-store" },
            };
          },
          "/public": async () => {
            (await restore(AppState)).count++;
            return { text: "public", headers: { "cache-control": "public, max-age=60" } };
          },
        },
        async ({ browser }) => {
          const { setCookies, headers } = await browser().get("/mine");
          assert.deepEqual(
            setCookies.filter((line) => !line.startsWith("persist")),
            ["a=1; Path=/", "b=2"],
          );
          assert.equal(setCookies.length, 3);
          assert.equal(headers["cache-control"], "no-store");
          const open = await browser().get("/public");
          assert.equal(open.headers["cache-control"], "private, no-cache");
        },
      ),
  },
];
