import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { useStage } from "./stage.ts";

// The same with the default of --resume-max: PERSIST_FLOOD_SOCKETS=520 PERSIST_FLOOD_MAX=500
const SOCKETS = Number(process.env["PERSIST_FLOOD_SOCKETS"] ?? 60);
const MAX = process.env["PERSIST_FLOOD_MAX"] ?? "20";
/** At a time: each has a Streamlit session. */
const AT_ONCE = 20;
const RERUN = Buffer.from([0x5a, 0x00]);

const stage = useStage({
  app: "test/streamlit/apps/flooded.py",
  args: ["--resume-max", MAX],
});

/** Opens the app's WebSocket without a cookie, has the script run if asked to, and goes away. */
async function comeAndGo(runs: boolean): Promise<void> {
  const { origin } = stage.gateway;
  const socket = new WebSocket(`${origin.replace("http", "ws")}/_stcore/stream`, ["streamlit"]);
  await once(socket, "open");
  if (runs) {
    const heard = once(socket, "message");
    socket.send(RERUN);
    await heard;
  }
  socket.close();
  await once(socket, "close");
}

test("promise 9 (Bounds): sockets without a cookie do not end the session of a visitor who is away", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("add", "count", "1");
  const { mark } = (await app.shown()) as { mark: string };
  await app.page.goto("about:blank");
  for (let opened = 0; opened < SOCKETS; opened += AT_ONCE) {
    const count = Math.min(AT_ONCE, SOCKETS - opened);
    await Promise.all(Array.from({ length: count }, async () => await comeAndGo(true)));
    await Promise.all(Array.from({ length: count }, async () => await comeAndGo(false)));
  }
  await app.page.goto(stage.gateway.origin);
  await app.idle();
  await app.untilShown({ count: "1" });
  assert.equal((await app.shown())["mark"], mark);
});
