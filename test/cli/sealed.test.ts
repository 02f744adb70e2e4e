import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createSessions, persist, restore } from "../../src/index.ts";
import { parseStoreUrl } from "../../src/store/open-store.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { persistSession, type Result } from "./command.ts";

const OLD = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";
const NEW = "pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x";
const STRANGE = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";

@persist("sealed-cli")
class Notes {
  text = "";
  count = 0;
}

const directory = newDirectory();
let redis: RedisServer;
before(async () => void (redis = await startRedis()));
after(async () => {
  directory.remove();
  await redis.remove();
});

/** Makes a session. @returns its id and token */
async function fill(store: string, options: Parameters<typeof createSessions>[0] = {}) {
  const sessions = createSessions({ store, secret: OLD, sweepInterval: false, ...options });
  const session = await sessions.open();
  await session.run(async () => void ((await restore(Notes)).text = "rhododendron"));
  await sessions.close();
  return { id: session.id, token: session.token };
}

async function textIn(store: string, token: string, secret: string | string[]): Promise<string> {
  const sessions = createSessions({ store, secret, sweepInterval: false, log() {} });
  try {
    const session = await sessions.open(token);
    return await session.run(async () => (await restore(Notes)).text);
  } finally {
    await sessions.close();
  }
}

async function call(args: string[], secret?: string): Promise<Result> {
  return await persistSession(args, {
    env: secret === undefined ? {} : { PERSIST_SESSION_SECRET: secret },
  });
}

/** Refused by one line, which says what to do, with nothing on stdout. */
function assertRefused({ code, stdout, stderr }: Result, message: RegExp): void {
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, message);
  assert.equal(stderr.trim().split("\n").length, 1);
}

test("show opens sealed values with the secret, and refuses without it or with another", async () => {
  const store = `lmdb:${directory.path}/show`;
  const { id } = await fill(store);
  const args = ["show", id, "--store", store, "--content"];
  const { code, stdout } = await call(args, OLD);
  assert.deepEqual([code, /"rhododendron"/.test(stdout)], [0, true]);
  assert.match(stdout, /text +15 B {2}JSON/);
  const file = join(directory.path, "secrets");
  writeFileSync(file, `${NEW}\n${OLD}\n`, { mode: 0o600 });
  assert.match((await call([...args, "--secret-file", file])).stdout, /"rhododendron"/);
  assertRefused(await call(args), /are sealed.*only with the app's secret.*--secret-file FILE/);
  assertRefused(await call(args, STRANGE), /sealed with another secret/);
  // What looks at no value needs no secret.
  assert.equal((await call(["sessions", "--store", store])).code, 0);
  assert.equal((await call(["sweep", "--store", store])).code, 0);
  const clear = ["clear", id, "--store", store, "--state", "sealed-cli"];
  assert.equal((await call([...clear, "--attribute", "text"])).code, 0);
  assert.match((await call(args, OLD)).stdout, /text/);
});

test("show finds the secret that was made beside the store", async () => {
  const path = join(directory.path, "made");
  const sessions = createSessions({ store: `lmdb:${path}`, sweepInterval: false });
  const session = await sessions.open();
  await session.run(async () => void ((await restore(Notes)).text = "rhododendron"));
  await sessions.close();
  const shown = await call(["show", session.id, "--store", `lmdb:${path}`, "--content"]);
  assert.match(shown.stdout, /"rhododendron"/);
});

test("show marks a value whose seal does not hold", async () => {
  const url = `lmdb:${directory.path}/damaged`;
  const { id } = await fill(url);
  const store = await parseStoreUrl(url).open();
  const { record, epoch } = await store.read(`b:${id}`, "sealed-cli");
  const moved = record?.attributes.get("count")?.bytes ?? assert.fail("not stored");
  await store.write(`b:${id}`, [{ state: "sealed-cli", epoch, set: new Map([["text", moved]]) }], {
    commitId: "planted",
    expiresAt: Date.now() + 1e7,
  });
  await store.close();
  const { stdout } = await call(["show", id, "--store", url], OLD);
  assert.match(stdout, /text .* sealed, version \d+ {2}DAMAGED: its seal does not hold/);
  assert.match(stdout, /count .* JSON, version \d+$/m);
});

test("copy opens and seals with the secret, and writes nothing without it or with another", async () => {
  const from = `lmdb:${directory.path}/from`;
  const { token } = await fill(from);
  const args = ["copy", "--from", from, "--to", redis.url];
  assertRefused(await call([...args, "--json"]), /are sealed.*only with the app's secret/);
  assertRefused(await call([...args, "--json"], STRANGE), /sealed with another secret/);
  assert.equal((await call(["sessions", "--store", redis.url])).stdout, "");
  const { code, stdout, stderr } = await call([...args, "--json"], `${NEW},${OLD}`);
  assert.equal(code, 0, stderr);
  assert.deepEqual([JSON.parse(stdout).copied, JSON.parse(stdout).failed], [1, []]);
  // The newest secret has sealed the copy, so the old one is needed for the token alone.
  const check = ["reseal", "--check", "--json", "--store", redis.url];
  const { newest, older } = JSON.parse((await call(check, NEW)).stdout) as Record<string, number>;
  assert.deepEqual([newest, older], [2, 0]);
  assert.equal(await textIn(redis.url, token, [NEW, OLD]), "rhododendron");
  const plain = `lmdb:${directory.path}/plain`;
  assert.equal((await call(["copy", "--from", from, "--to", plain, "--no-encrypt"], OLD)).code, 0);
  // Readable without a secret, and by an app that has it.
  const id = token.split(".")[0] ?? "";
  assert.match((await call(["show", id, "--store", plain, "--content"])).stdout, /rhododendron/);
  assert.equal(await textIn(plain, token, OLD), "rhododendron");
});

test("copy to an embedded store with a secret of its own seals with that", async () => {
  const [from, to] = [`lmdb:${directory.path}/one`, `lmdb:${directory.path}/two`];
  const sessions = createSessions({ store: from, sweepInterval: false });
  const session = await sessions.open();
  await session.run(async () => void ((await restore(Notes)).text = "rhododendron"));
  await sessions.close();
  const there = createSessions({ store: to, sweepInterval: false });
  await there.ready;
  await there.close();
  assert.equal((await call(["copy", "--from", from, "--to", to])).code, 0);
  const { stdout } = await call(["show", session.id, "--store", to, "--content"]);
  assert.match(stdout, /"rhododendron"/);
  assert.equal((await call(["copy", "--from", from, "--to", to])).code, 0);
});

test("reseal seals all values with the newest secret, and then the older one can be dropped", async () => {
  const url = `lmdb:${directory.path}/reseal`;
  const sealed = await fill(url);
  const unsealed = await fill(url, { encrypt: false });
  const command = ["reseal", "--store", url, "--json"];
  assertRefused(await call(command), /are sealed.*only with the app's secret/);
  assertRefused(await call(command, STRANGE), /sealed with another secret/);
  const run = async (secret: string, ...more: string[]) => {
    const { code, stdout } = await call([...command, ...more], secret);
    const {
      newest,
      older,
      unsealed: open,
      resealed,
    } = JSON.parse(stdout) as Record<string, number>;
    return [code, newest, older, open, resealed];
  };
  assert.deepEqual(await run(`${NEW},${OLD}`, "--check"), [1, 0, 2, 2, 0]);
  assert.deepEqual(await run(`${NEW},${OLD}`), [0, 0, 2, 2, 4]);
  assert.deepEqual(await run(`${NEW},${OLD}`, "--check"), [0, 4, 0, 0, 0]);
  const plain = await call(["reseal", "--store", url], NEW);
  assert.match(
    plain.stdout,
    /^2 sessions: 4 values sealed with the newest secret already, 0 with an older one, 0 not/,
  );
  for (const { id, token } of [sealed, unsealed]) {
    const { stdout } = await call(["show", id, "--store", url, "--content"], NEW);
    assert.match(stdout, /"rhododendron"/);
    assert.equal(await textIn(url, token, [NEW, OLD]), "rhododendron");
  }
});
