import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { releaseLock, takeLock } from "./lock.ts";
import { typescript } from "./typescript.ts";

const directory = useWorkDirectories();
const program = fileURLToPath(new URL("lock-taker.ts", import.meta.url));

test("a lock is taken once, and given back by its owner alone", () => {
  const lock = join(directory(), "lock");
  assert.ok(takeLock(lock));
  assert.ok(!takeLock(lock));
  const text = readFileSync(lock, "utf8");
  // Another process, which is alive.
  writeFileSync(lock, text.replace(/^\d+ /, `${process.ppid} `));
  releaseLock(lock);
  assert.ok(existsSync(lock));
  writeFileSync(lock, text);
  releaseLock(lock);
  assert.ok(takeLock(lock));
});

test("a lock is given up when its owner has ended, also if another process has the id by now", () => {
  const { pid } = spawnSync(process.execPath, ["-e", "0"]);
  const owners = [`${pid} 1`];
  if (process.platform === "linux") owners.push(`${process.pid} 1`, `${process.ppid} 1`);
  for (const owner of owners) {
    const place = directory();
    const lock = join(place, "lock");
    writeFileSync(lock, owner);
    assert.ok(!takeLock(lock), "given up first");
    assert.ok(takeLock(lock), owner);
    assert.deepEqual(readdirSync(place), ["lock"]);
  }
});

test("one process at a time has the lock when several find that its owner has ended", async () => {
  const place = directory();
  const args = [...typescript, program, join(place, "lock"), join(place, "inside")];
  const takers = Array.from({ length: 8 }, () =>
    spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] }),
  );
  const ended = await Promise.all(takers.map(async (taker) => await once(taker, "exit")));
  assert.deepEqual(new Set(ended.map(([code, signal]) => signal ?? code)), new Set(["SIGKILL"]));
});
