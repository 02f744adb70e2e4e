import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { restore } from "../../../src/index.ts";
import { gate } from "../../sessions/fixture.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { withApp } from "../fixture.ts";
import { until } from "../../support/until.ts";

export const hangUps: Behaviour[] = [
  {
    name: "promise 1 (Reload): what a handler does is stored though its client has hung up, also what it does after",
    run: async (driver) => {
      const begun = gate();
      const gone = gate();
      await withApp(
        driver,
        {
          "/slow": async () => {
            const { list } = await restore(AppState);
            list.push("before");
            begun.open();
            await gone.opened;
            list.push("after");
            return { text: "for nobody" };
          },
        },
        async ({ url, browser, reported, store }) => {
          const visitor = browser();
          await visitor.get("/add");
          await visitor.get("/read");
          const { writes } = store;
          const { hostname, port } = new URL(url);
          const socket = connect(Number(port), hostname);
          socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\nCookie: ${visitor.header}\r\n\r\n`);
          await begun.opened;
          socket.destroy();
          await once(socket, "close");
          // Asked of the store alone: a request would share the handler's objects.
          if (driver.node) await until("the first change is stored", () => store.writes > writes);
          gone.open();
          const stored = driver.node ? writes + 1 : writes;
          await until("the rest is stored", () => store.writes > stored);
          const { text } = await visitor.get("/read");
          assert.deepEqual(JSON.parse(text), { count: 1, list: ["before", "after"] });
          assert.deepEqual(reported, []);
        },
      );
    },
  },
  {
    name: "promise 1 (Reload): what a stream has done is stored when its client hangs up",
    run: async (driver) => {
      await withApp(
        driver,
        {
          "/stream": async () => {
            const { list } = await restore(AppState);
            return {
              async *pieces() {
                for (let tick = 0; tick < 2000; tick++) {
                  if (tick === 1) list.push("streamed");
                  yield "piece".repeat(1000);
                  await new Promise(setImmediate);
                }
              },
            };
          },
        },
        async ({ url, browser, store }) => {
          const visitor = browser();
          await visitor.get("/add");
          const { writes } = store;
          const { hostname, port } = new URL(url);
          const socket = connect(Number(port), hostname);
          socket.write(`GET /stream HTTP/1.1\r\nHost: x\r\nCookie: ${visitor.header}\r\n\r\n`);
          let bytes = 0;
          socket.on("data", (data) => {
            bytes += data.length;
            if (bytes > 20_000) socket.destroy();
          });
          await once(socket, "close");
          await until("the change is stored", () => store.writes > writes);
          assert.match((await visitor.get("/read")).text, /streamed/);
        },
      );
    },
  },
];
