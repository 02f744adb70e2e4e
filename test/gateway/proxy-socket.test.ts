import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { RawClient, upgradeText } from "./proxy-fixture.ts";
import { ACCEPTED, bare, fail, pair, freed } from "./proxy-sockets.ts";

describe("a WebSocket", () => {
  test("carries messages both ways, with its protocol and extensions", async (t) => {
    const { page, far } = await pair(t);
    assert.equal(page.protocol, "streamlit");
    assert.match(page.extensions, /permessage-deflate/);
    far.on("message", (data, isBinary) => far.send(data, { binary: isBinary }));
    for (const [data, isBinary] of [
      ["text", false],
      [Buffer.alloc(300_000, 7), true],
    ] as const) {
      page.send(data);
      const [back, wasBinary] = (await once(page, "message")) as [Buffer, boolean];
      assert.ok(Buffer.from(data).equals(back));
      assert.equal(wasBinary, isBinary);
    }
  });

  test("passes close codes on, both ways, and frees its sockets", async (t) => {
    const first = await pair(t);
    first.page.close(4001, "page");
    const [code, reason] = (await once(first.far, "close")) as [number, Buffer];
    assert.deepEqual([code, reason.toString()], [4001, "page"]);
    await freed(first);
    const second = await pair(t);
    second.far.close(4002, "far");
    const [other] = (await once(second.page, "close")) as [number];
    assert.equal(other, 4002);
    await freed(second);
  });

  test("frees the upstream when the client goes away before the upgrade's answer", async (t) => {
    let asked = 0;
    const { upstream, gateway } = await bare(t, (socket) => {
      asked++;
      socket.resume();
      socket.once("end", () => socket.destroy());
    });
    for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
      const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
      const before = asked;
      await until("the upstream was asked", () => asked > before);
      client.socket[leave]();
      await freed({ upstream, gateway });
    }
  });

  test("frees the upstream when the client is reset while it does not read", async (t) => {
    let far: Socket | undefined;
    const { upstream, gateway } = await bare(t, (socket) => {
      far = socket;
      socket.on("error", () => {});
      socket.write(ACCEPTED);
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("it is open", () => client.text.includes("101"));
    client.socket.pause();
    const block = Buffer.alloc(1 << 20);
    while (far!.write(block) || far!.writableLength < 64 << 20);
    const sent = (): number => far!.bytesWritten - far!.writableLength;
    await until("nothing moves any more", async () => {
      const before = sent();
      for (let i = 0; i < 50; i++) await new Promise(setImmediate);
      return before > 0 && sent() === before;
    });
    assert.ok(sent() < 32 << 20, `${sent()} bytes were taken for a client that read nothing`);
    client.socket.resetAndDestroy();
    await freed({ upstream, gateway });
  });

  for (const ends of ["page", "upstream"] as const)
    test(`lets the other side finish when the ${ends} has ended its half`, async (t) => {
      let far: Socket | undefined;
      let farText = "";
      let farEnded = false;
      const { upstream, gateway } = await bare(t, (socket) => {
        far = socket;
        socket.on("data", (chunk) => (farText += chunk.toString()));
        socket.on("end", () => (farEnded = true));
        socket.write(ACCEPTED);
      });
      const client = new RawClient(t, gateway.port).send(upgradeText("/"));
      await until("it is open", () => client.text.includes("101"));
      if (ends === "page") {
        client.socket.end("last words");
        await until("the upstream has heard the end", () => farEnded);
        assert.equal(farText, "last words");
        far!.end("answer");
        await until("the answer has come", () => client.ended);
        assert.match(client.text, /answer$/);
      } else {
        far!.end("last words");
        await until("the page has heard the end", () => client.ended);
        assert.match(client.text, /last words$/);
        client.socket.end("answer");
        await until("the answer has come", () => farEnded);
        assert.equal(farText, "answer");
      }
      await freed({ upstream, gateway });
    });

  test("ends for the page when Streamlit is reset", async (t) => {
    let far: Socket | undefined;
    const { upstream, gateway } = await bare(t, (socket) => {
      far = socket;
      socket.write(ACCEPTED);
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("it is open", () => client.text.includes("101"));
    far!.resetAndDestroy();
    await until("the page knows", () => client.closed || client.ended);
    client.socket.destroy();
    await freed({ upstream, gateway });
  });

  test("takes no more from the page than Streamlit reads", async (t) => {
    const { page, far } = await pair(t, {}, { perMessageDeflate: false });
    far.pause();
    const block = Buffer.alloc(1 << 20);
    let sent = 0;
    while (sent < 64) {
      page.send(block);
      sent++;
    }
    await until("nothing moves any more", async () => {
      const before = page.bufferedAmount;
      for (let i = 0; i < 50; i++) await new Promise(setImmediate);
      return page.bufferedAmount === before;
    });
    assert.ok(
      page.bufferedAmount > 32 << 20,
      `${page.bufferedAmount} bytes are still with the page`,
    );
    let received = 0;
    far.on("message", () => received++);
    far.resume();
    await until("all of it has come", () => received === sent);
  });

  test("is answered with 502 when Streamlit is down", async (t) => {
    const { upstream, gateway } = await bare(t, () => {}, { holdFor: 0 });
    upstream.server.close();
    const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 502 [^]*Connection: close/i);
    await until("the socket is freed", () => gateway.sockets.size === 0);
  });

  test("is answered as Streamlit answers when that is no 101", async (t) => {
    const { upstream, gateway } = await bare(t, (socket) =>
      socket.end("HTTP/1.1 403 Forbidden\r\nX-Why: origin\r\nContent-Length: 2\r\n\r\nno"),
    );
    const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 403 Forbidden\r\n[^]*x-why: origin[^]*\r\n\r\nno$/i);
    await freed({ upstream, gateway });
  });

  test("loses nothing that either side sends early", async (t) => {
    let farText = "";
    const { gateway } = await bare(t, (socket) => {
      socket.on("data", (chunk) => (farText += chunk.toString()));
      socket.write(`${ACCEPTED}first`);
    });
    const client = new RawClient(t, gateway.port).send(`${upgradeText("/")}early`);
    await until("both have come", () => farText === "early" && client.text.endsWith("first"));
  });

  test("never reaches Streamlit when the client goes away while a hook decides", async (t) => {
    let asked = 0;
    let decide: ((_: undefined) => void) | undefined;
    let decided = false;
    const { gateway } = await bare(t, () => asked++, {
      hooks: {
        async upgrade() {
          await new Promise((resolve) => (decide = resolve));
          decided = true;
          return undefined;
        },
      },
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("the hook was asked", () => decide !== undefined);
    client.socket.destroy();
    await until("the gateway knows", () => gateway.sockets.size === 0);
    decide?.(undefined);
    await until("the hook has decided", () => decided);
    await new Promise(setImmediate);
    assert.equal(asked, 0);
  });

  test("does not upgrade when a hook throws", async (t) => {
    const { gateway } = await bare(t, () => {}, {
      hooks: { upgrade: fail },
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 500 /);
    assert.deepEqual(gateway.log, ["gateway: TypeError: on purpose"]);
  });
});
