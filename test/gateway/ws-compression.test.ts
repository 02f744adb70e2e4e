import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { add, openTab, shown, type Stage, useStage } from "./stage.ts";

/** What went over the page's WebSocket. */
interface Traffic {
  /** The extensions that were agreed upon, as the browser had them. */
  readonly extensions: string;
  /** The frames that the gateway wrote. */
  readonly frames: () => Frames;
}

/** How many frames of messages there were on the wire. */
interface Frames {
  readonly compressed: number;
  readonly plain: number;
}

/** Counts the frames of messages behind the lines of the handshake. */
function count(bytes: Buffer): Frames {
  let at = bytes.indexOf("\r\n\r\n") + 4;
  let [compressed, plain] = [0, 0];
  while (at + 10 <= bytes.length) {
    const first = bytes[at] ?? 0;
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const isMessage = (first & 0x0f) <= 2;
    if (isMessage && (first & 0x40) !== 0) compressed++;
    else if (isMessage) plain++;
    if (short < 126) at += 2 + short;
    else if (short === 126) at += 4 + bytes.readUInt16BE(at + 2);
    else at += 10 + Number(bytes.readBigUInt64BE(at + 2));
  }
  return { compressed, plain };
}

/** Opens a tab and follows its WebSocket. */
async function follow(stage: Stage): Promise<{ page: Page; traffic: Traffic }> {
  const context = await stage.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let extensions: string | undefined;
  session.on("Network.webSocketHandshakeResponseReceived", ({ response }) => {
    const named = Object.entries(response.headers).find(
      ([name]) => name.toLowerCase() === "sec-websocket-extensions",
    );
    extensions = named?.[1] ?? "";
  });
  const written: Buffer[] = [];
  stage.gateway.server.once("upgrade", (_: IncomingMessage, socket: Socket) => {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      written.push(Buffer.from(args[0] as string, "latin1"));
      return write(...args);
    };
  });
  await page.goto(stage.url);
  await shown(page);
  await until("the handshake was seen", () => extensions !== undefined);
  return {
    page,
    traffic: { extensions: extensions!, frames: () => count(Buffer.concat(written)) },
  };
}

for (const [option, isOn] of [
  ["true", true],
  ["false", false],
] as const)
  describe(`server.enableWebsocketCompression = ${option}`, () => {
    const stage = useStage({ streamlit: [`--server.enableWebsocketCompression=${option}`] });

    test(`the page's socket is ${isOn ? "" : "not "}compressed, and its session comes back after a reload`, async () => {
      const { page, traffic } = await follow(stage);
      assert.equal(traffic.extensions.startsWith("permessage-deflate"), isOn, traffic.extensions);
      for (let i = 0; i < 3; i++) await add(page);
      const before = await shown(page);
      const { compressed, plain } = traffic.frames();
      // Those of the gateway itself are never compressed, and Streamlit leaves short ones as they
      // are.
      assert.ok(plain > 0);
      assert.ok(isOn ? compressed >= 4 : compressed === 0, `${compressed} and ${plain} frames`);
      await page.reload();
      const again = await shown(page);
      assert.equal(again.mark, before.mark);
      assert.equal(again.count, 3);
      assert.equal(again.purpose, "resume");
      assert.equal((await add(page)).count, 4);
      // Two tabs are two sessions, and a cut connection is taken up again.
      const other = await openTab(page.context(), stage.url);
      assert.notEqual((await shown(other)).mark, before.mark);
      stage.cutSockets();
      await until("the page works again", async () => {
        await page.getByRole("button", { name: "Add" }).click();
        return (await shown(page)).count > 4;
      });
      assert.equal((await shown(page)).mark, before.mark);
    });
  });
