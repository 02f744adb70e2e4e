import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storeUrl } from "../../src/cli/store-url.ts";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import { withStorePassword } from "../../src/store/server/store-password.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { persistSession, type Result } from "./command.ts";

// With what a URL would have to write in another way.
const PASSWORD = "p%40@:/?#[]& ü'\"\\1";
const root = mkdtempSync(join(tmpdir(), "persist-session-password-"));
let files = 0;

function file(content: string): string {
  const path = join(root, `password-${files++}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

let redis: RedisServer;
before(async () => (redis = await startRedis("--requirepass", PASSWORD)));
after(async () => {
  await redis.remove();
  rmSync(root, { recursive: true, force: true });
});

describe("the password of a store", () => {
  const url = (): string => `redis://127.0.0.1:${redis.port}`;
  const works = ({ code, stdout, stderr }: Result): void => {
    assert.equal(code, 0, stderr);
    assert.ok(!`${stdout}${stderr}`.includes(PASSWORD));
  };

  test("comes from a file or the environment for the commands that look into a store", async () => {
    const path = file(`${PASSWORD}\n`);
    works(await persistSession(["sessions", "--store", url(), "--store-password-file", path]));
    const byEnvironment = { PERSIST_SESSION_STORE: url() };
    const password = { ...byEnvironment, PERSIST_SESSION_STORE_PASSWORD: PASSWORD };
    works(await persistSession(["sessions"], { env: password }));
    works(await persistSession(["sweep"], { env: password }));
    const named = { ...byEnvironment, PERSIST_SESSION_STORE_PASSWORD_FILE: path };
    works(await persistSession(["sessions"], { env: named }));
    const without = await persistSession(["sessions"], { env: byEnvironment });
    assert.equal(without.code, 1);
  });

  test("is one for each of the two stores of copy", async () => {
    const path = file(PASSWORD);
    const from = `${url()}?prefix=a:`;
    const to = `${url()}?prefix=b:`;
    works(
      await persistSession([
        "copy",
        "--from",
        from,
        "--from-password-file",
        path,
        "--to",
        to,
        "--to-password-file",
        path,
      ]),
    );
    const env = {
      PERSIST_SESSION_FROM: from,
      PERSIST_SESSION_FROM_PASSWORD: PASSWORD,
      PERSIST_SESSION_TO: to,
      PERSIST_SESSION_TO_PASSWORD_FILE: path,
      // Of another command.
      PERSIST_SESSION_STORE_PASSWORD: "unused",
    };
    works(await persistSession(["copy"], { env }));
  });

  test("given twice, to a store without one, or to none, is an error with a remedy", async () => {
    const path = file(PASSWORD);
    for (const [args, env, message] of [
      [
        ["--store", "redis://:x@127.0.0.1:1", "--store-password-file", path],
        {},
        /given twice: in its URL and by --store-password-file.*Take it out of the URL/,
      ],
      [
        ["--store", "redis://127.0.0.1:1", "--store-password-file", path],
        { PERSIST_SESSION_STORE_PASSWORD: PASSWORD },
        /given twice: by --store-password-file and by PERSIST_SESSION_STORE_PASSWORD/,
      ],
      [
        ["--store", "redis://127.0.0.1:1"],
        { PERSIST_SESSION_STORE_PASSWORD: "x", PERSIST_SESSION_STORE_PASSWORD_FILE: path },
        /given twice/,
      ],
      [
        ["--store", `lmdb:${root}`],
        { PERSIST_SESSION_STORE_PASSWORD: PASSWORD },
        /"lmdb:" has none/,
      ],
      [["--store", "memory:"], { PERSIST_SESSION_STORE_PASSWORD: PASSWORD }, /"memory:" has none/],
      [[], { PERSIST_SESSION_STORE_PASSWORD: PASSWORD }, /no store that has one is named/],
      [
        ["--store", "redis://127.0.0.1:1", "--store-password-file", file("a\nb\n")],
        {},
        /several lines/,
      ],
      [
        ["--store", "redis://127.0.0.1:1", "--store-password-file", file("\n")],
        {},
        /empty password/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await persistSession(["sessions", ...args], { env });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.ok(!`${stdout}${stderr}`.includes(PASSWORD), stderr);
    }
    const open = file(PASSWORD);
    chmodSync(open, 0o666);
    const refused = await persistSession([
      "sessions",
      "--store",
      url(),
      "--store-password-file",
      open,
    ]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /chmod go-w/);
  });

  test("is an option of the stores themselves", async () => {
    const store = await openRedisStore({ url: url(), password: PASSWORD });
    assert.equal((await store.owner("b:1")).owner, "absent");
    await store.close();
    for (const opening of [
      openRedisStore({ url: "redis://:x@127.0.0.1:1", password: PASSWORD }),
      openPostgresStore({ url: "postgres://me:x@127.0.0.1:1/app", password: PASSWORD }),
      openPostgresStore({ url: "postgres:///app?password=x", password: PASSWORD }),
    ])
      await assert.rejects(
        opening,
        (error) => isPersistError(error, "ERR_STORE_URL") && !error.message.includes(PASSWORD),
      );
  });
});

test("withStorePassword() writes any text as the URL needs it", () => {
  for (const [url, name] of [
    ["redis://127.0.0.1:1/2", ""],
    ["rediss://me@host", "me"],
    ["postgres://me@host:5432/app?sslmode=verify-full", "me"],
  ] as const) {
    const made = new URL(withStorePassword(url, PASSWORD, "it"));
    assert.equal(decodeURIComponent(made.password), PASSWORD);
    assert.equal(made.username, name);
  }
  const socket = new URL(withStorePassword("postgres:///app?host=/run/pg", PASSWORD, "it"));
  assert.equal(socket.searchParams.get("password"), PASSWORD);
  assert.equal(socket.searchParams.get("host"), "/run/pg");
});

test("storeUrl() prefers the option to the environment", () => {
  const env = { PERSIST_SESSION_STORE: "redis://b", PERSIST_SESSION_STORE_PASSWORD: "x" };
  const common = { role: "store", passwordFile: undefined } as const;
  assert.equal(storeUrl({ ...common, url: "redis://a", env }), "redis://:x@a");
  assert.equal(storeUrl({ ...common, url: undefined, env }), "redis://:x@b");
  assert.equal(storeUrl({ ...common, url: undefined, env: {} }), undefined);
});
