import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { encodeFrame } from "../../src/gateway/service/frames.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore, gate } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";
import { Client } from "./service-client.ts";
import { pathOf, start } from "./service-fixture.ts";

test("a client that is killed in the middle of a frame loses that frame and nothing else", async (t) => {
  const { client, sessions } = await start(t, memoryStore());
  const { store } = sessions.engine;
  const one = await client();
  const handle = await one.open(sessions.ring);
  const life = await handle.life();
  const [head = Buffer.alloc(0)] = encodeFrame(
    { id: 99, op: "write", handle: handle.id, life, set: ["half"] },
    [Buffer.from("J1")],
  );
  const whole = handle.write(life, { whole: "1" }).catch(() => undefined);
  one.socket.write(head.subarray(0, -1));
  one.socket.end();
  await whole;
  await one.closed;
  await until("the whole one is stored", async () => {
    const { record } = await store.read(`b:${handle.session}`, "app");
    return record !== undefined;
  });
  const { record } = await store.read(`b:${handle.session}`, "app");
  assert.deepEqual([...(record?.attributes.keys() ?? [])], ["whole"]);
});

test("a client that sends without end is not read further while the store does not come along", async (t) => {
  const store = countingStore();
  const { address, client, sessions } = await start(t, store);
  const one = await client();
  const handle = await one.open(sessions.ring);
  const life = await handle.life();
  const { opened, open } = gate();
  const write = store.write.bind(store);
  store.write = async (...args) => {
    await opened;
    return await write(...args);
  };
  const blob = "x".repeat(1024 * 1024);
  const writes = Array.from(
    { length: 80 },
    async (_, at) => await handle.write(life, { [`n${at % 4}`]: blob }),
  );
  await until("the client's socket is full", () => one.socket.writableNeedDrain);
  let before = -1;
  await until("nothing more is taken", async () => {
    const same = one.socket.writableLength === before;
    before = one.socket.writableLength;
    // A round trip of another client: what could be read has been read by then.
    const other = new Client(address);
    await other.hello();
    other.end();
    return same;
  });
  assert.ok(
    one.socket.writableLength > 30 * 1024 * 1024,
    `${one.socket.writableLength} bytes wait`,
  );
  open();
  const outcomes = await Promise.all(writes);
  assert.ok(outcomes.every(({ outcome }) => outcome === "written"));
});

test("a client that reads no answers gets no more made, and is cut off at the end", async (t) => {
  const { address, client, sessions, service } = await start(t, memoryStore());
  const writer = await (await client()).open(sessions.ring);
  await writer.write(await writer.life(), { big: "x".repeat(8 * 1024 * 1024) });
  const deaf = new Client(address);
  await deaf.hello();
  const handle = await deaf.open(sessions.ring, { session: writer.session });
  let restored = 0;
  sessions.on("restore", () => void restored++);
  deaf.socket.pause();
  const answers = Array.from(
    { length: 100 },
    async () => await handle.restore().catch(() => "lost"),
  );
  let before = -1;
  await until("no more is made", async () => {
    const same = restored > 0 && restored === before;
    before = restored;
    for (let at = 0; at < 20; at++) await writer.restore({ state: "other" });
    restored -= 20;
    return same;
  });
  assert.ok(restored < 10, `${restored} answers of 8 MiB were made`);
  await service.close();
  deaf.socket.resume();
  assert.ok((await Promise.all(answers)).includes("lost"));
});

test("a client that reads late gets every answer", async (t) => {
  const { address, client, sessions } = await start(t, memoryStore());
  const writer = await (await client()).open(sessions.ring);
  await writer.write(await writer.life(), { big: "x".repeat(8 * 1024 * 1024) });
  const late = new Client(address);
  t.after(() => late.end());
  await late.hello();
  const handle = await late.open(sessions.ring, { session: writer.session });
  late.socket.pause();
  const answers = Array.from({ length: 20 }, async () => await handle.restore());
  assert.equal((await writer.restore())["status"], "whole");
  late.socket.resume();
  for (const answer of await Promise.all(answers))
    assert.equal(answer.blobs[0]?.length, 8 * 1024 * 1024 + 1);
});

test("close() answers what is under way, and takes nothing more", async (t) => {
  const store = countingStore();
  const { client, sessions, service, address } = await start(t, store);
  const one = await client();
  const handle = await one.open(sessions.ring);
  const life = await handle.life();
  const { opened, open } = gate();
  const write = store.write.bind(store);
  let asked = false;
  store.write = async (...args) => {
    asked = true;
    await opened;
    return await write(...args);
  };
  const written = handle.write(life, { a: "1" });
  await until("the write is under way", () => asked);
  const closing = service.close();
  await new Promise<void>((resolve) => void connect(pathOf(address)).on("error", () => resolve()));
  open();
  assert.equal((await written)["outcome"], "written");
  await closing;
  await one.closed;
});
