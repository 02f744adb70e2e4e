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
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { StateService } from "../../src/gateway/service/state-service.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { Client } from "./service-client.ts";
import { directory, pathOf, start } from "./service-fixture.ts";

const PROTOCOL = { code: "ERR_SERVICE_PROTOCOL" };

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
    "listen() takes another directory and reports it when the usual one belongs to another user",
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
