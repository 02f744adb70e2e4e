import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../project/imports.ts";
import { keyOf, madeOnce } from "./made-once.ts";

const KIND = `made-once-${randomUUID()}`;
const base = join(root, ".cache", KIND);
after(() => rmSync(base, { recursive: true, force: true }));

test("madeOnce() makes a directory once when several ask at once, and leaves nothing else", async () => {
  let made = 0;
  const ask = async () =>
    await madeOnce(KIND, "several", async (directory) => {
      made++;
      await new Promise(setImmediate);
      writeFileSync(join(directory, "file"), "");
    });
  const places = await Promise.all([ask(), ask(), ask()]);
  assert.deepEqual(new Set(places), new Set([join(base, "several")]));
  assert.equal(made, 1);
  assert.deepEqual(readdirSync(join(base, "several")), ["file"]);
  assert.deepEqual(readdirSync(base), ["several"]);
});

test("madeOnce() makes it again when the first attempt failed, and says why that did", async () => {
  const failure = new Error("no tarball");
  await assert.rejects(
    madeOnce(KIND, "failing", () => Promise.reject(failure)),
    failure,
  );
  await madeOnce(KIND, "failing", () => Promise.resolve());
  assert.deepEqual(readdirSync(join(base, "failing")), []);
});

test("madeOnce() goes on when the process that made it was killed", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", "0"]);
  mkdirSync(base, { recursive: true });
  writeFileSync(join(base, "killed.lock"), String(pid));
  await madeOnce(KIND, "killed", () => Promise.resolve());
  assert.ok(!readdirSync(base).some((name) => name.startsWith("killed.")));
});

test("keyOf() is another one when a file has another name or content", () => {
  const below = (name: string) => join(".cache", KIND, "files", name);
  const write = (name: string, text: string) => writeFileSync(join(root, below(name)), text);
  mkdirSync(join(base, "files"), { recursive: true });
  const keys = new Set<string>();
  for (const [name, text] of [
    ["a", "1"],
    ["a", "2"],
    ["b", "2"],
  ] as const) {
    rmSync(join(root, below("a")), { force: true });
    write(name, text);
    keys.add(keyOf([below("")]));
    assert.ok(keys.has(keyOf([below("")])));
  }
  assert.equal(keys.size, 3);
});
