import assert from "node:assert/strict";
import { currentSession, restore } from "../../../src/index.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { changingStream } from "../changing-stream.ts";
import { withApp } from "../fixture.ts";
import { gate } from "../../sessions/fixture.ts";

/** What a piece of work throws, by its code. */
async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return await work().then(
    () => "nothing",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

export const streams: Behaviour[] = [
  {
    name: "promise 1 (Reload): a stream's first piece has the cookie, its end waits for what it changed last",
    run: async (driver) => {
      const arrived = gate();
      await withApp(
        driver,
        {
          "/stream": changingStream(arrived.opened, (state) => void (state.count = 5)),
        },
        async ({ browser, store }) => {
          const visitor = browser();
          const events: string[] = [];
          const hold = store.hold();
          const reply = visitor.get("/stream", {
            onHeaders: ({ "set-cookie": set }) => events.push(`${set?.length} cookie`),
            onPiece: (piece) => {
              events.push(piece);
              arrived.open();
            },
          });
          void reply.then(() => events.push("end"));
          await hold.reached;
          await browser().get("/nothing");
          events.push("released");
          hold.release();
          const { headers } = await reply;
          assert.deepEqual(events.slice(0, 2), ["1 cookie", "one,"]);
          assert.deepEqual(events.slice(events.indexOf("released")), ["released", "end"]);
          assert.equal(headers["cache-control"], "private, no-cache");
          assert.match((await visitor.get("/read")).text, /"count":5/);
        },
      );
    },
  },
  {
    name: "a stream that has left can restore a known visitor's state, but no new one's: ERR_HEADERS_SENT",
    run: async (driver) => {
      let arrived = gate();
      await withApp(
        driver,
        {
          "/stream": () => ({
            async *pieces() {
              yield "one ";
              await arrived.opened;
              yield await codeOf(async () => {
                (await restore(AppState)).count++;
              });
            },
          }),
        },
        async ({ browser, stored }) => {
          const get = async (visitor = browser()) => {
            arrived = gate();
            return await visitor.get("/stream", { onPiece: () => arrived.open() });
          };
          const refused = await get();
          assert.deepEqual([refused.text, refused.setCookies], ["one ERR_HEADERS_SENT", []]);
          assert.deepEqual(await stored(), []);
          const known = browser();
          await known.get("/add");
          assert.equal((await get(known)).text, "one nothing");
          assert.match((await known.get("/read")).text, /"count":2/);
        },
      );
    },
  },
  {
    name: "rotate() after the headers have left throws ERR_HEADERS_SENT, and the old cookie goes on",
    run: async (driver) => {
      const arrived = gate();
      await withApp(
        driver,
        {
          "/stream": async () => {
            await restore(AppState);
            return {
              async *pieces() {
                yield "one ";
                await arrived.opened;
                yield await codeOf(async () => await currentSession().rotate());
              },
            };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.get("/add");
          const { text } = await visitor.get("/stream", { onPiece: () => arrived.open() });
          assert.equal(text, "one ERR_HEADERS_SENT");
          assert.equal((await visitor.get("/add")).text, "2");
        },
      );
    },
  },
  {
    name: "promise 1 (Reload): a stream of known length holds its last piece back until the commit is done",
    run: async (driver) => {
      const arrived = gate();
      await withApp(
        driver,
        {
          "/stream": changingStream(arrived.opened, (state) => void (state.count = 5), {
            headers: { "content-length": "7" },
          }),
        },
        async ({ browser, store }) => {
          const visitor = browser();
          const events: string[] = [];
          const hold = store.hold();
          const reply = visitor.get("/stream", {
            onPiece: (piece) => {
              events.push(piece);
              arrived.open();
            },
          });
          await hold.reached;
          await browser().get("/nothing");
          events.push("released");
          hold.release();
          assert.equal((await reply).text, "one,two");
          assert.deepEqual(events, ["one,", "released", "two"]);
          assert.match((await visitor.get("/read")).text, /"count":5/);
        },
      );
    },
  },
  {
    name: "promise 9 (Bounds): a stream that ends soon gives no cookie to a visitor who only reads, and one who stores gets it",
    run: async (driver) => {
      const streams = (change: boolean) => async () => {
        const state = await restore(AppState);
        return {
          async *pieces() {
            yield "one,";
            await Promise.resolve();
            yield "two,";
            if (change) state.count++;
            yield "three";
          },
        };
      };
      await withApp(
        driver,
        { "/reads": streams(false), "/changes": streams(true) },
        async ({ browser, stored }) => {
          const reader = await browser().get("/reads");
          assert.deepEqual([reader.text, reader.setCookies], ["one,two,three", []]);
          assert.deepEqual(await stored(), []);
          const visitor = browser();
          const { text, setCookies } = await visitor.get("/changes");
          assert.deepEqual([text, setCookies.length], ["one,two,three", 1]);
          assert.match((await visitor.get("/read")).text, /"count":1/);
        },
      );
    },
  },
  {
    name: "a stream that goes on begins soon, and gives the cookie to a visitor whose state was restored by then",
    run: async (driver) => {
      const begun = gate();
      await withApp(
        driver,
        {
          "/stream": changingStream(begun.opened, (state) => void (state.count = 7)),
        },
        async ({ browser }) => {
          const visitor = browser();
          const { text, setCookies } = await visitor.get("/stream", { onPiece: begun.open });
          assert.deepEqual([text, setCookies.length], ["one,two", 1]);
          assert.match((await visitor.get("/read")).text, /"count":7/);
        },
      );
    },
  },
  {
    name: "a visitor without a cookie can read after the headers have left; a change of any kind is ERR_HEADERS_SENT, and names the remedy",
    run: async (driver) => {
      const begun = gate();
      await withApp(
        driver,
        {
          "/stream": () => ({
            async *pieces() {
              yield "one";
              await begun.opened;
              const state = await restore(AppState);
              yield ` ${state.count} ${(await currentSession().peek(AppState)).list.length}`;
              for (const change of [
                async () => void (state.count = 1),
                async () => {
                  state.list.push("a");
                  await currentSession().commit();
                },
                async () => await currentSession().update(AppState, (draft) => ++draft.count),
                async () => await currentSession().start(),
              ])
                yield ` ${await codeOf(change)}`;
              state.list.length = 0;
              yield ` ${await codeOf(async () => await currentSession().commit())}`;
            },
          }),
        },
        async ({ browser, stored }) => {
          const { text, setCookies } = await browser().get("/stream", { onPiece: begun.open });
          const refused = "ERR_HEADERS_SENT ".repeat(4);
          assert.deepEqual([text, setCookies], [`one 0 0 ${refused}nothing`, []]);
          assert.deepEqual(await stored(), []);
        },
      );
    },
  },
  {
    name: "start() before the first write gives a new visitor the cookie, and a known one none; what comes later is kept",
    run: async (driver) => {
      let begun = gate();
      await withApp(
        driver,
        {
          "/stream": async () => {
            await currentSession().start();
            return {
              async *pieces() {
                yield "one ";
                await begun.opened;
                yield String(++(await restore(AppState)).count);
              },
            };
          },
          "/start": async () => {
            await currentSession().start();
            return { text: "started" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          const first = await visitor.get("/stream", { onPiece: begun.open });
          assert.deepEqual([first.text, first.setCookies.length], ["one 1", 1]);
          begun = gate();
          await visitor.get("/add");
          const again = await visitor.get("/stream", { onPiece: begun.open });
          assert.deepEqual([again.text, again.setCookies.length], ["one 3", 0]);
          const other = browser();
          const { text, setCookies } = await other.get("/start");
          assert.deepEqual([text, setCookies.length], ["started", 1]);
          assert.equal((await other.get("/add")).text, "1");
        },
      );
    },
  },
];
