import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { open } from "lmdb";
import type { ErrorCode } from "../../src/errors.ts";
import { isPersistError } from "../../src/errors.ts";
import { sharedFilesystem } from "../../src/store/lmdb/filesystem.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { create, textsOf } from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";
import { startScript } from "./fixtures/script.ts";

let place = newDirectory();
beforeEach(() => (place = newDirectory()));
afterEach(() => place.remove());

async function refuses(path: string, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(openLmdbStore({ path }), (error) => {
    assert.ok(isPersistError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  });
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** All files of the directory with their bytes, to see that nothing was touched. */
function contentsOf(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted();
  return new Map(
    names.map((name) => [
      name,
      statSync(join(path, name)).isFile() ? readFileSync(join(path, name), "hex") : "",
    ]),
  );
}

test("openLmdbStore() makes the directory for its owner only and keeps it out of git, whatever the umask is", async () => {
  const before = process.umask(0o002);
  try {
    const path = join(place.path, "deep", "er");
    const store = await openLmdbStore({ path });
    await create(store, "b:1", "app", { a: 1 });
    assert.equal(modeOf(path), "700");
    assert.equal(readFileSync(join(path, ".gitignore"), "utf8"), "*\n");
    for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
      assert.equal(modeOf(join(path, name)), name === "open" ? "700" : "600", name);
    }
    await store.close();
  } finally {
    process.umask(before);
  }
});

test("openLmdbStore() takes a directory that holds other files without changing what git or others may see of it", async () => {
  mkdirSync(place.path, { mode: 0o755 });
  writeFileSync(join(place.path, "secret"), "x");
  const store = await openLmdbStore({ path: place.path });
  await create(store, "b:1", "app", { a: 1 });
  await store.close();
  assert.equal(modeOf(place.path), "755");
  assert.ok(!readdirSync(place.path).includes(".gitignore"));
  assert.equal(modeOf(join(place.path, "data.mdb")), "600");
});

test("openLmdbStore() makes the files private again when they have been opened up", async () => {
  await (await openLmdbStore({ path: place.path })).close();
  chmodSync(join(place.path, "data.mdb"), 0o644);
  await (await openLmdbStore({ path: place.path })).close();
  assert.equal(modeOf(join(place.path, "data.mdb")), "600");
});

test("openLmdbStore() shares one database when the same directory is opened by two paths", async () => {
  const link = join(dirname(place.path), "link");
  const first = await openLmdbStore({ path: place.path });
  symlinkSync(place.path, link);
  const [second, third] = await Promise.all([
    openLmdbStore({ path: link }),
    openLmdbStore({ path: `${link}/.` }),
  ]);
  await create(first, "b:1", "app", { a: 1 });
  await first.close();
  assert.deepEqual(textsOf(await second.read("b:1", "app")), { a: "1" });
  await second.close();
  await create(third, "b:2", "app", { a: 1 });
  const closing = third.close();
  const fourth = await openLmdbStore({ path: place.path });
  await closing;
  assert.deepEqual(textsOf(await fourth.read("b:2", "app")), { a: "1" });
  await fourth.close();
});

test("openLmdbStore() throws ERR_OPTION_INVALID when an option is not what it should be", async () => {
  for (const options of [
    { path: "" },
    { path: place.path, durability: "none" },
    { path: place.path, maxSize: 0 },
  ]) {
    const opening = openLmdbStore(options as { path: string });
    await assert.rejects(opening, (error) => isPersistError(error, "ERR_OPTION_INVALID"));
  }
});

test("openLmdbStore() throws ERR_STORE_FORMAT when there is a file in the directory's place", async () => {
  writeFileSync(place.path, "mine");
  await refuses(place.path, "ERR_STORE_FORMAT", /there is a file of that name/);
  assert.equal(readFileSync(place.path, "utf8"), "mine");
});

test("openLmdbStore() throws ERR_STORE_FORMAT when the directory holds another program's LMDB, and leaves it", async () => {
  mkdirSync(place.path, { mode: 0o700 });
  const other = open({ path: join(place.path, "data.mdb"), noSubdir: true });
  await other.put("a", 1);
  await other.close();
  const before = contentsOf(place.path);
  await refuses(place.path, "ERR_STORE_FORMAT", /another program/);
  assert.deepEqual(contentsOf(place.path), before);
});

test("openLmdbStore() throws ERR_STORE_FORMAT when the directory is of another version or its marker is not ours", async () => {
  await (await openLmdbStore({ path: place.path })).close();
  for (const [marker, message] of [
    ["persist-session lmdb 999\n", /format 999/],
    ["something else\n", /written by another program/],
    ["", /written by another program/],
  ] as const) {
    writeFileSync(join(place.path, "FORMAT"), marker);
    const before = contentsOf(place.path);
    await refuses(place.path, "ERR_STORE_FORMAT", message);
    assert.deepEqual(contentsOf(place.path), before);
  }
});

test("promise 10 (Failure is loud): openLmdbStore() throws ERR_STORE_CORRUPT when data.mdb is damaged, and leaves it", async () => {
  const store = await openLmdbStore({ path: place.path });
  for (let i = 0; i < 20; i++) await create(store, `b:${i}`, "app", { a: new Uint8Array(5000) });
  await store.close();
  const file = join(place.path, "data.mdb");
  const whole = join(place.path, "..", "whole.mdb");
  cpSync(file, whole);
  const { size } = statSync(whole);
  const damages: (() => void)[] = [
    () => writeFileSync(file, "garbage"),
    () => writeFileSync(file, Buffer.alloc(size, 0x5a)),
    () => writeFileSync(file, Buffer.alloc(size)),
    () => truncateSync(file, 100),
    () => truncateSync(file, 4096),
    () => truncateSync(file, 8192),
    () => truncateSync(file, Math.floor(size / 2)),
  ];
  for (const damage of damages) {
    cpSync(whole, file);
    damage();
    const before = contentsOf(place.path);
    await refuses(place.path, "ERR_STORE_CORRUPT", /data\.mdb .* damaged/);
    assert.deepEqual(contentsOf(place.path), before);
  }
  cpSync(whole, file);
  const again = await openLmdbStore({ path: place.path });
  assert.equal((await again.owner("b:19")).owner, "living");
  await again.close();
});

test("read() throws ERR_STORE_CORRUPT when an entry or a value is not what was written", async () => {
  const store = await openLmdbStore({ path: place.path });
  await create(store, "b:1", "app", { a: "0123456789" });
  await create(store, "b:2", "app", { a: "0123456789" });
  await store.close();
  const other = open<Buffer, Buffer>({
    path: join(place.path, "data.mdb"),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
  });
  for (const { key, value } of Array.from(other.getRange({}))) {
    if (value.toString() === "0123456789" && key.includes("b:1"))
      await other.put(key, value.subarray(1));
    if (value.includes("b:2") && key[0] === 2) await other.put(key, value.subarray(0, -3));
  }
  await other.close();
  const again = await openLmdbStore({ path: place.path });
  for (const owner of ["b:1", "b:2"]) {
    await assert.rejects(
      again.read(owner, "app"),
      (error) => isPersistError(error, "ERR_STORE_CORRUPT"),
      owner,
    );
  }
  const write = { state: "app", epoch: 0, base: "absent" as const, set: new Map() };
  const commit = { commitId: "c", expiresAt: Date.now() + 1e6 };
  await assert.rejects(again.write("b:2", [write], commit), (error) =>
    isPersistError(error, "ERR_STORE_CORRUPT"),
  );
  await again.close();
});

test("openLmdbStore() throws ERR_STORE_READ_ONLY when the directory or the one above cannot be written", async () => {
  await (await openLmdbStore({ path: place.path })).close();
  chmodSync(place.path, 0o555);
  chmodSync(dirname(place.path), 0o555);
  // The superuser may write everywhere, so the attempt is made without its powers.
  const under =
    process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
  try {
    for (const path of [place.path, join(dirname(place.path), "new", "store")]) {
      const script = startScript("hold-open.ts", [path], { under });
      assert.equal(await script.line(), "ERR_STORE_READ_ONLY");
      await script.kill();
    }
  } finally {
    chmodSync(dirname(place.path), 0o755);
    chmodSync(place.path, 0o755);
  }
});

test("sharedFilesystem() names the file systems that several machines can mount", () => {
  assert.equal(sharedFilesystem(0x6969), "NFS");
  assert.equal(sharedFilesystem(0xff534d42), "CIFS");
  // The same number, as the kernel gives it on machines with signed numbers.
  assert.equal(sharedFilesystem(0xff534d42 | 0), "CIFS");
  assert.equal(sharedFilesystem(0x01021997), "9p");
  for (const local of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630]) {
    assert.equal(sharedFilesystem(local), undefined);
  }
});
