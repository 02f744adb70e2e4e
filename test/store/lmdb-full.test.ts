import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import {
  create,
  newCommit,
  textsOf,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";
import { startScript } from "./fixtures/script.ts";

/**
 * Runs a command with a disk of 8 MB mounted at the directory given first, for that command alone.
 */
const MOUNT = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"';
const SMALL_DISK = ["unshare", "--mount", "--map-root-user", "sh", "-c", MOUNT];
const [command = "", ...args] = SMALL_DISK;
const skip =
  spawnSync(command, [...args, "/tmp", "true"]).status === 0
    ? false
    : "this machine does not let the test mount a small disk (unshare is not permitted)";

test(
  "promise 10 (Failure is loud): a full disk refuses commits, loses none, and the store works on when there is room",
  { skip },
  async () => {
    const { path, remove } = newDirectory();
    mkdirSync(path, { mode: 0o700 });
    const script = startScript("fill-disk.ts", [path], { under: [...SMALL_DISK, path] });
    const said = await script.line();
    await script.kill();
    remove();
    assert.ok(said !== undefined, "the script died");
    const { refused, small, lost, large, refusedLater, lostLater } = JSON.parse(said);
    assert.deepEqual(refused, ["ERR_STORE_FULL"]);
    // A commit that fits is not refused because a larger one beside it did not.
    assert.equal(small, 20 + 2 * 12);
    assert.ok(large > 0);
    assert.deepEqual(
      { lost, lostLater, refusedLater },
      { lost: 0, lostLater: 0, refusedLater: [] },
    );
  },
);

test("promise 10 (Failure is loud): maxSize refuses commits that need room, loses none, and lets those through that make room", async () => {
  const { path, remove } = newDirectory();
  const store = await openLmdbStore({ path, maxSize: 2_000_000 });
  const full = (error: unknown): boolean =>
    isPersistError(error, "ERR_STORE_FULL") && error.message.includes("2000000");
  const stored: string[] = [];
  const attempts = Array.from({ length: 40 }, (_, i) =>
    create(store, `b:${i}`, "app", { a: new Uint8Array(100_000), n: i }).then(
      () => stored.push(`b:${i}`),
      (error: unknown) => assert.ok(full(error), String(error)),
    ),
  );
  await Promise.all(attempts);
  assert.ok(stored.length >= 15 && stored.length < 20, `${stored.length} of 100 kB fit into 2 MB`);
  for (const owner of stored)
    assert.equal(textsOf(await store.read(owner, "app"))?.["n"], owner.slice(2));

  const [first = ""] = stored;
  const { epoch } = await store.read(first, "app");
  await assert.rejects(create(store, "b:late", "app", { a: new Uint8Array(200_000) }), full);
  await assert.rejects(
    writeOne(store, first, { state: "app", epoch, set: values({ a: new Uint8Array(400_000) }) }),
    full,
  );
  await writeOne(
    store,
    first,
    { state: "app", epoch, set: values({ a: new Uint8Array(50) }) },
    newCommit(),
  );
  for (const owner of stored.slice(1, 4))
    await store.clear(owner, { commitId: "c", until: Date.now() + 1e7 });
  await create(store, "b:late", "app", { a: new Uint8Array(200_000) });
  await store.close();
  remove();
});
