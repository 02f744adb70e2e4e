import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, connect } from "node:net";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { encodeFrame, FrameParser, MAX_BYTES } from "../../src/gateway/service/frames.ts";
import { StateService } from "../../src/gateway/service/state-service.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore, gate } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";
import { Client } from "./service-client.ts";
import { directory, start } from "./service-fixture.ts";

const PROTOCOL = { code: "ERR_SERVICE_PROTOCOL" };

function pathOf(address: string): string {
  return address.slice("unix:".length);
}

test("hello gives version, boot and limits, and is the only thing that may come first", async (t) => {
  const { address, sessions } = await start(t, memoryStore(), {
    options: { limits: { attribute: 1000, session: 2000 } },
  });
  const client = new Client(address);
  const reply = await client.hello();
  assert.deepEqual([reply["protocol"], reply["limits"]], [1, { attribute: 1000, session: 2000 }]);
  assert.match(reply["service"] as string, /^\d+\.\d+\.\d+/);
  assert.match(reply["boot"] as string, /./);
  await client.open(sessions.ring);
  client.end();
  for (const [op, fields] of [
    ["open", {}],
    ["hello", { protocol: 2 }],
    ["hello", {}],
  ] as const) {
    const stranger = new Client(address);
    await assert.rejects(stranger.call(op, fields), PROTOCOL);
    await stranger.closed;
  }
});

test("over TCP a client must know the token", async (t) => {
  const token = "a-token-that-nobody-guesses";
  const { address } = await start(t, memoryStore(), { address: { host: "127.0.0.1", token } });
  assert.match(address, /^tcp:127\.0\.0\.1:\d+$/);
  for (const wrong of [undefined, "", "x", `${token}x`, token.slice(1)]) {
    const client = new Client(address);
    const refused = { code: "ERR_SERVICE_REFUSED", message: /PERSIST_SESSION_SERVICE_TOKEN/ };
    await assert.rejects(client.hello({ token: wrong }), (error: Error & { code: string }) => {
      assert.equal(error.code, refused.code);
      assert.match(error.message, refused.message);
      assert.ok(!error.message.includes(token));
      return true;
    });
    await client.closed;
  }
  const client = new Client(address);
  await client.hello({ token });
  client.end();
});

test("the socket is for its user alone, in a directory for its user alone, and goes at the end", async (t) => {
  const path = join(directory(t), "state", "service.sock");
  const umask = process.umask(0);
  const { address, service } = await start(t, memoryStore(), { address: { path } });
  process.umask(umask);
  assert.equal(address, `unix:${path}`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  await service.close();
  assert.deepEqual(readdirSync(dirname(path)), []);
});

describe("listen() where the path is too long for a socket", () => {
  const longPath = (t: TestContext) => join(directory(t), "x".repeat(120), "service.sock");

  test("listen() takes a directory for its user alone, the same at each start, when the path is too long", async (t) => {
    const path = longPath(t);
    const { address, service, other } = await start(t, memoryStore(), { address: { path } });
    const made = pathOf(address);
    t.after(() => rmSync(dirname(made), { recursive: true, force: true }));
    assert.ok(Buffer.byteLength(made) < 104);
    assert.equal(statSync(made).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(made)).mode & 0o777, 0o700);
    const client = new Client(address);
    await client.hello();
    const beside = await other({ address: { path } });
    assert.equal(dirname(pathOf(beside.address)), dirname(made));
    assert.match(beside.service.unusual ?? "", /another gateway listens/);
    await beside.service.close();
    await service.close();
    assert.deepEqual(readdirSync(dirname(made)), []);

    // As a killed process leaves it.
    await leaveSocket(made);
    const next = await start(t, memoryStore(), { address: { path } });
    assert.equal(next.address, address);
    assert.equal(next.service.unusual, undefined);
    const elsewhere = await start(t, memoryStore(), { address: { path: longPath(t) } });
    t.after(() => rmSync(dirname(pathOf(elsewhere.address)), { recursive: true, force: true }));
    assert.notEqual(elsewhere.address, address);
  });

  test("listen() refuses that directory when it is open to others or a link", async (t) => {
    const path = longPath(t);
    const { address, service, sessions } = await start(t, memoryStore(), { address: { path } });
    const made = dirname(pathOf(address));
    t.after(() => rmSync(made, { recursive: true, force: true }));
    await service.close();
    const assertRefused = async () =>
      await assert.rejects(new StateService({ sessions, address: { path } }).listen(), {
        code: "ERR_SERVICE_ADDRESS",
        message: /mode 0700.*Move it away/,
      });
    chmodSync(made, 0o755);
    await assertRefused();
    const target = join(directory(t), "private");
    renameSync(made, target);
    chmodSync(target, 0o700);
    symlinkSync(target, made);
    await assertRefused();
  });

  test(
    "listen() takes another directory and tells of it when the usual one belongs to another user",
    { skip: process.geteuid?.() !== 0 && "only root can give a directory away" },
    async (t) => {
      const path = longPath(t);
      const { address, service, other } = await start(t, memoryStore(), { address: { path } });
      const made = dirname(pathOf(address));
      t.after(() => rmSync(made, { recursive: true, force: true }));
      await service.close();
      chownSync(made, 1, 1);
      const next = await other({ address: { path } });
      assert.notEqual(dirname(pathOf(next.address)), made);
      assert.match(next.service.unusual ?? "", /another user/);
      await next.service.close();
      assert.throws(() => statSync(dirname(pathOf(next.address))));
    },
  );
});

test("listen() removes the socket of a process that was killed, and never one that is in use or no socket", async (t) => {
  const dir = directory(t);
  const path = join(dir, "service.sock");
  for (const name of ["service.sock", "service-0123abcd.sock"]) await leaveSocket(join(dir, name));
  const first = await start(t, memoryStore(), { address: { path } });
  assert.equal(first.address, `unix:${path}`);
  assert.deepEqual(readdirSync(dir), ["service.sock"]);
  const second = await start(t, memoryStore(), { address: { path } });
  assert.match(second.address, /service-[0-9a-f]{8}\.sock$/);
  for (const { address } of [first, second]) {
    const client = new Client(address);
    await client.hello();
    client.end();
  }
  await first.service.close();
  await second.service.close();
  writeFileSync(path, "precious");
  const service = new StateService({ sessions: first.sessions, address: { path } });
  await assert.rejects(service.listen(), { code: "ERR_SERVICE_ADDRESS" });
  assert.equal(statSync(path).size, 8);
});

test("listen() says what is wrong when the socket cannot be made", async (t) => {
  const file = join(directory(t), "file");
  writeFileSync(file, "");
  const { sessions } = await start(t, memoryStore());
  const service = new StateService({ sessions, address: { path: join(file, "service.sock") } });
  await assert.rejects(service.listen(), {
    code: "ERR_SERVICE_ADDRESS",
    message: /state directory/,
  });
  await service.close();
});

/** A socket without a listener, as a killed process leaves it. */
async function leaveSocket(path: string): Promise<void> {
  const hidden = `${path}.real`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(hidden, resolve));
  renameSync(hidden, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

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
