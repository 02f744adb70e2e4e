import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { add, openTab, shown, useStage } from "./stage.ts";

/** What went over the page's WebSocket, as it was on the wire and as the browser's page had it. */
interface Traffic {
  /** The extensions that were agreed upon. */
  readonly extensions: string;
  /** From the gateway, after the handshake. */
  readonly wire: () => number;
  /** In the messages that the page received. */
  readonly plain: () => number;
}

function upgradesOf(stage: ReturnType<typeof useStage>): Promise<[IncomingMessage, Socket]> {
  return once(stage.gateway.server, "upgrade") as Promise<[IncomingMessage, Socket]>;
}

/** Opens a tab and follows its WebSocket. */
async function follow(
  stage: ReturnType<typeof useStage>,
): Promise<{ page: Page; traffic: Traffic }> {
  const context = await stage.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let extensions: string | undefined;
  let plain = 0;
  session.on("Network.webSocketHandshakeResponseReceived", ({ response }) => {
    const named = Object.entries(response.headers).find(
      ([name]) => name.toLowerCase() === "sec-websocket-extensions",
    );
    extensions = named?.[1] ?? "";
  });
  session.on("Network.webSocketFrameReceived", ({ response: { opcode, payloadData } }) => {
    plain += opcode === 2 ? Buffer.from(payloadData, "base64").length : payloadData.length;
  });
  const upgrade = upgradesOf(stage);
  await page.goto(stage.url);
  const [, socket] = await upgrade;
  await shown(page);
  await until("the handshake was seen", () => extensions !== undefined);
  return {
    page,
    traffic: { extensions: extensions!, wire: () => socket.bytesWritten, plain: () => plain },
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
      const { wire, plain } = traffic;
      await until("the frames were seen", () => plain() > 10_000);
      if (isOn) assert.ok(wire() < plain() * 0.7, `${wire()} bytes for ${plain()}`);
      else assert.ok(wire() > plain(), `${wire()} bytes for ${plain()}`);
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
