import assert from "node:assert/strict";
import { currentSession, isPersistError, PersistError, restore } from "../../../src/index.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { changingStream } from "../changing-stream.ts";
import type { Answer } from "../driver.ts";
import { type Fixture, withApp } from "../fixture.ts";
import { gate } from "../../sessions/fixture.ts";

const FULL = () => new PersistError("ERR_STORE_FULL", "the store is full, as this test has it");

const ETAG = '"of the answer"';

const answers: [string, Answer][] = [
  ["text", { text: "stored!", headers: { etag: ETAG, "x-cors": "kept" } }],
  ["JSON", { json: "stored!" }],
  ["a redirect", { redirect: "/stored!" }],
  ["text with its length", { text: "stored!", headers: { "content-length": "7" } }],
];

function wasTold({ caught, reported }: Fixture): unknown[] {
  return [...caught, ...reported];
}

export const failures: Behaviour[] = [
  ...answers.map(([what, answer]): Behaviour => ({
    name: `promise 10 (Failure is loud): if the commit fails, ${what} becomes a failure`,
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/change": async () => {
            (await restore(AppState)).count++;
            return answer;
          },
        },
        async (app) => {
          const { browser, store, caught } = app;
          const visitor = browser();
          store.failing.write = FULL();
          const { status, text, headers, setCookies } = await visitor.get("/change");
          assert.equal(status, 500);
          assert.doesNotMatch(text, /stored!/);
          assert.notEqual(headers.etag, ETAG);
          assert.deepEqual([headers.location, setCookies], [undefined, []]);
          if (answer.headers?.["x-cors"] !== undefined && driver.name !== "withSession")
            assert.equal(headers["x-cors"], "kept");
          if (driver.catches) {
            assert.equal(text, "the app is sorry: ERR_STORE_FULL");
            assert.equal(caught.length, 1);
            assert.ok(isPersistError(caught[0], "ERR_STORE_FULL"));
          }
          if (driver.name !== "withSession") assert.deepEqual(wasTold(app), [store.failing.write]);
          delete store.failing.write;
          assert.equal((await visitor.get("/add")).text, "1");
        },
      ),
  })),
  {
    name: "promise 10 (Failure is loud): if the commit fails after the headers left, the answer is cut off",
    run: async (driver) => {
      const arrived = gate();
      await withApp(
        driver,
        {
          "/stream": changingStream(arrived.opened, (state) => void state.count++, {
            first: "one",
          }),
        },
        async ({ browser, store, reported }) => {
          store.failing.write = FULL();
          let seen = 0;
          await assert.rejects(
            browser().get("/stream", {
              onHeaders: () => seen++,
              onPiece: () => arrived.open(),
            }),
            { code: "ECONNRESET" },
          );
          assert.equal(seen, 1);
          assert.ok(reported.includes(store.failing.write), "the failure was reported");
        },
      );
    },
  },
  {
    name: "promise 10 (Failure is loud): if the commit fails, a stream of known length does not arrive whole",
    run: async (driver) => {
      const arrived = gate();
      await withApp(
        driver,
        {
          "/stream": changingStream(arrived.opened, (state) => void state.count++, {
            first: "one",
            headers: { "content-length": "6" },
          }),
        },
        async ({ browser, store }) => {
          store.failing.write = FULL();
          await assert.rejects(browser().get("/stream", { onPiece: () => arrived.open() }), {
            code: "ECONNRESET",
          });
        },
      );
    },
  },
  {
    name: "promise 10 (Failure is loud): if the store cannot be read, the handler hears it and nothing is written",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser, store, caught }) => {
        const visitor = browser();
        await visitor.get("/add");
        const { writes } = store;
        store.failing.read = new PersistError("ERR_STORE_UNAVAILABLE", "away, as this test has it");
        const { status, setCookies } = await visitor.get("/add");
        assert.deepEqual([status, setCookies, store.writes], [500, [], writes]);
        if (driver.catches) assert.ok(isPersistError(caught[0], "ERR_STORE_UNAVAILABLE"));
        delete store.failing.read;
        assert.equal((await visitor.get("/add")).text, "2");
      }),
  },
  {
    name: "a cookie that the browser would drop fails the request: sameSite none without HTTPS",
    run: async (driver) =>
      await withApp(
        driver,
        {},
        async ({ browser, caught }) => {
          const { status, setCookies } = await browser().get("/add");
          assert.deepEqual([status, setCookies], [500, []]);
          if (driver.catches) assert.ok(isPersistError(caught[0], "ERR_OPTION_INVALID"));
        },
        { cookie: { sameSite: "none" } },
      ),
  },
  {
    name: "promise 10 (Failure is loud): if the commit fails after rotate(), the new cookie leaves all the same",
    on: ({ name }) => name !== "withSession",
    run: async (driver) => {
      let full = (): void => undefined;
      await withApp(
        driver,
        {
          "/rotate": async () => {
            const state = await restore(AppState);
            await currentSession().rotate();
            state.count = 50;
            full();
            return { text: "rotated!" };
          },
        },
        async ({ browser, store }) => {
          const visitor = browser();
          await visitor.get("/add");
          full = () => (store.failing.write = FULL());
          const { status, setCookies } = await visitor.get("/rotate");
          assert.deepEqual([status, setCookies.length], [500, 1]);
          delete store.failing.write;
          assert.equal((await visitor.get("/add")).text, "2");
        },
      );
    },
  },
  {
    name: "an attribute that cannot be stored fails a new visitor's request, and the cookie for the rest leaves with it",
    on: ({ name }) => name !== "withSession",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/part": async () => {
            const state = await restore(AppState);
            state.count = 7;
            state.list.push((() => "no value") as unknown as string);
            return { text: "stored!" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          const { status, setCookies } = await visitor.get("/part");
          assert.deepEqual([status, setCookies.length], [500, 1]);
          assert.equal((await visitor.get("/add")).text, "8");
        },
      ),
  },
];
