import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame, FrameParser, MAX_BYTES } from "../../src/gateway/service/frames.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore, gate } from "../sessions/fixture.ts";
import { Client } from "./service-client.ts";
import { start } from "./service-fixture.ts";

const PROTOCOL = { code: "ERR_SERVICE_PROTOCOL" };

test("garbage, cut and oversized frames are answered by an error and end the connection, and no other", async (t) => {
  const { address, client, sessions } = await start(t, memoryStore());
  const good = await (await client()).open(sessions.ring);
  const frame = (header: string, more = 0): Buffer => {
    const text = Buffer.from(header);
    const bytes = Buffer.alloc(8 + text.length + more);
    bytes.writeUInt32BE(4 + text.length + more, 0);
    bytes.writeUInt32BE(text.length, 4);
    text.copy(bytes, 8);
    return bytes;
  };
  const size = (n: number, h = 2): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(n, 0);
    bytes.writeUInt32BE(h, 4);
    return bytes;
  };
  const wrong: Buffer[] = [
    Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    Buffer.alloc(64, 0xff),
    size(0),
    size(3),
    size(MAX_BYTES + 1),
    size(12, 13),
    frame("{"),
    frame("[]"),
    frame("null"),
    frame('"x"'),
    frame("{}"),
    frame('{"id":-1,"op":"x"}'),
    frame('{"id":1,"op":7}'),
    frame('{"id":1,"op":"close","blobs":7}'),
    frame('{"id":1,"op":"close","blobs":[1]}'),
    frame('{"id":1,"op":"close","blobs":[-1,1]}'),
    frame('{"id":1,"op":"close","blobs":[1e999]}'),
    frame('{"id":1,"op":"close"}', 5),
    frame('{"id":1,"op":"close","blobs":[3,3]}', 5),
  ];
  for (const bytes of wrong) {
    for (const greeted of [true, false]) {
      const bad = new Client(address);
      if (greeted) await bad.hello();
      bad.socket.write(bytes);
      await bad.closed;
      const [refusal] = bad.refusals;
      assert.equal(
        (refusal?.["error"] as { code?: string } | undefined)?.code,
        "ERR_SERVICE_PROTOCOL",
      );
    }
  }
  assert.equal((await good.restore())["status"], "absent");
});

test("a request that makes no sense is answered by an error, and the connection goes on", async (t) => {
  const { client, sessions } = await start(t, memoryStore());
  const one = await client();
  const handle = await one.open(sessions.ring);
  const life = await handle.life();
  const wrong: [string, Record<string, unknown>][] = [
    ["nothing", {}],
    ["__proto__", {}],
    ["constructor", { handle: handle.id }],
    ["hello", { protocol: 1 }],
    ["restore", {}],
    ["restore", { handle: 99_999, state: "app" }],
    ["restore", { handle: handle.id }],
    ["restore", { handle: handle.id, state: "" }],
    ["restore", { handle: handle.id, state: "x".repeat(201) }],
    ["restore", { handle: handle.id, state: "app", owner: "root" }],
    ["restore", { handle: handle.id, state: "app", known: 1 }],
    ["restore", { handle: handle.id, state: "app", owner: "user", user: { subject: 7 } }],
    ["write", { handle: handle.id }],
    ["write", { handle: handle.id, life: 99_999 }],
    ["write", { handle: handle.id, life, set: "a" }],
    ["write", { handle: handle.id, life, set: [7] }],
    ["write", { handle: handle.id, life, set: ["a"] }],
    ["write", { handle: handle.id, life, ttl: 0 }],
    ["write", { handle: handle.id, life, ttl: "1d" }],
    ["write", { handle: handle.id, life, base: "present" }],
    ["write", { handle: handle.id, life, commit: "" }],
    ["write", { handle: handle.id, life, commit: "x".repeat(65) }],
    ["open", { assertion: 7 }],
    ["open", { replaces: 99_999, credential: "x" }],
  ];
  for (const [op, fields] of wrong) await assert.rejects(one.call(op, fields), PROTOCOL, op);
  for (const bytes of ["", "X1", "1"])
    await assert.rejects(handle.call("write", { life, set: ["a"] }, [bytes]), PROTOCOL);
  assert.equal((await handle.write(life, { a: "1" }))["outcome"], "written");
});

test("attributes and sessions that are too large are refused whole", async (t) => {
  const limits = { attribute: 100, session: 250 };
  const { client, sessions } = await start(t, memoryStore(), {
    options: { limits, encrypt: false },
  });
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  await assert.rejects(handle.write(life, { a: "1", b: "x".repeat(100) }), {
    code: "ERR_ATTRIBUTE_TOO_LARGE",
    message: /app\.b has 101 bytes/,
  });
  const most = "x".repeat(99);
  await handle.write(life, { a: most, b: most });
  await assert.rejects(handle.write(life, { c: most }), { code: "ERR_SESSION_TOO_LARGE" });
  assert.deepEqual(Object.keys(await handle.values()), ["a", "b"]);
});

test("promise 10 (Failure is loud): what the store says goes to the client, and the next request is tried again", async (t) => {
  const store = countingStore();
  const { client, sessions, warnings } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  await handle.write(life, { a: "1" });
  const { PersistError } = await import("../../src/errors.ts");
  store.failing.write = new PersistError("ERR_STORE_FULL", "The disk is full.");
  await assert.rejects(handle.write(life, { a: "2" }), {
    code: "ERR_STORE_FULL",
    message: "The disk is full.",
  });
  store.failing = { read: new Error("secret bytes of a driver") };
  await assert.rejects(handle.restore(), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_SERVICE_FAILED");
    assert.ok(!error.message.includes("secret"));
    return true;
  });
  assert.ok(warnings.some((line) => line.includes("secret bytes of a driver")));
  store.failing = { clear: new Error("no") };
  await assert.rejects(handle.call("clear", { life }), { code: "ERR_SERVICE_FAILED" });
  await assert.rejects(handle.call("rotate"), { code: "ERR_SERVICE_FAILED" });
  store.failing = {};
  assert.deepEqual(await handle.values(), { a: "1" });
  assert.equal((await handle.write(life, { a: "3" }))["outcome"], "written");
});

test("requests of one handle keep their order and those of others do not wait, when the store is slow", async (t) => {
  const store = countingStore();
  const { client, sessions } = await start(t, store);
  const one = await client();
  const slow = await one.open(sessions.ring);
  const quick = await one.open(sessions.ring);
  const lives = [await slow.life(), await quick.life()] as const;
  const { opened, open } = gate();
  const write = store.write.bind(store);
  store.write = async (owner, ...rest) => {
    if (owner === `b:${slow.session}`) await opened;
    return await write(owner, ...rest);
  };
  const done: string[] = [];
  const first = slow.write(lives[0], { a: "1" }).then(() => done.push("slow write"));
  const second = slow.restore().then(() => done.push("slow restore"));
  await quick.write(lives[1], { a: "1" });
  done.push("quick write");
  open();
  await Promise.all([first, second]);
  assert.deepEqual(done, ["quick write", "slow write", "slow restore"]);
});

test("FrameParser gives the same frames when they come in any pieces", () => {
  const frames = [
    encodeFrame({ id: 1, op: "a" }),
    encodeFrame({ id: 2, op: "ü😀" }, [
      Buffer.from("one"),
      Buffer.alloc(0),
      Buffer.alloc(70_000, 7),
    ]),
    encodeFrame({ id: 3 }, [Buffer.from("x")]),
  ];
  const bytes = Buffer.concat(frames.flat());
  const read = (size: number): string[] => {
    const parser = new FrameParser();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      for (const { header, blobs } of parser.push(bytes.subarray(at, at + size)))
        found.push(JSON.stringify([header, blobs.map((blob) => blob.toString("base64"))]));
    }
    return found;
  };
  const whole = read(bytes.length);
  assert.equal(whole.length, 3);
  for (const size of [1, 2, 3, 7, 64, 4096, 65_536]) assert.deepEqual(read(size), whole, `${size}`);
});
