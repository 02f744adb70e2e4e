import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { create } from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";
import { startScript } from "./fixtures/script.ts";

const UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const [command = "", ...args] = UNSHARE;
const skip =
  spawnSync(command, [...args, "true"]).status === 0
    ? false
    : "this machine does not let the test make a PID namespace (unshare needs root and CAP_SYS_ADMIN)";

test(
  "openLmdbStore() refuses a directory that a process of another PID namespace has open",
  { skip },
  async () => {
    const { path, remove } = newDirectory();
    const store = await openLmdbStore({ path });
    const container = startScript("hold-open.ts", [path], { under: UNSHARE });
    assert.equal(await container.line(), "ERR_STORE_SHARED");
    await container.kill();
    await create(store, "b:1", "app", { a: 1 });
    await store.close();
    remove();
  },
);

test(
  "openLmdbStore() refuses the directory while the process of the other namespace is stopped, and opens it when that was killed",
  { skip },
  async () => {
    const { path, remove } = newDirectory();
    const container = startScript("hold-open.ts", [path], { under: UNSHARE });
    assert.equal(await container.line(), "open");
    const inside = childOf(container.process.pid ?? 0);
    process.kill(inside, "SIGSTOP");
    await assert.rejects(openLmdbStore({ path }), (error) =>
      isPersistError(error, "ERR_STORE_SHARED"),
    );
    await container.kill();

    const store = await openLmdbStore({ path });
    await create(store, "b:1", "app", { a: 1 });
    assert.equal(
      readdirSync(join(path, "open")).length,
      1,
      "the dead process's socket was not removed",
    );
    await store.close();
    assert.deepEqual(readdirSync(join(path, "open")), []);
    remove();
  },
);

test(
  "openLmdbStore() lets the next container in when the one before has closed the store",
  { skip },
  async () => {
    const { path, remove } = newDirectory();
    for (let i = 0; i < 2; i++) {
      const container = startScript("hold-open.ts", [path], { under: UNSHARE });
      assert.equal(await container.line(), "open");
      container.process.stdin?.end();
      assert.equal(await container.line(), undefined);
    }
    remove();
  },
);

/** The process that unshare started, seen from outside. */
function childOf(pid: number): number {
  const found = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  assert.match(found, /^[0-9]+$/);
  return Number(found);
}
