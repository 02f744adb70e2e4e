import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { makePrivateDirectory } from "../../src/private-directory.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import { SECRET_A } from "./keys.ts";
import { root as project } from "../project/imports.ts";
import { typescript } from "../support/typescript.ts";

const root = mkdtempSync(join(tmpdir(), "persist-session-private-"));
after(() => rmSync(root, { recursive: true, force: true }));

const ME = process.geteuid?.() ?? 0;
const OTHER = 65_534;
const isRoot = ME === 0;
const what = "The state directory";

/** A directory that holds something already. */
function used(mode: number): string {
  const dir = mkdtempSync(join(root, "used-"));
  writeFileSync(join(dir, "planted"), "x");
  chmodSync(dir, mode);
  return dir;
}

function refused(action: () => unknown, remedy: RegExp): void {
  assert.throws(
    action,
    (error) => isPersistError(error, "ERR_DIRECTORY_UNSAFE") && remedy.test(error.message),
    String(remedy),
  );
}

test("a directory that others can write is refused with the chmod to run, and left as it is", () => {
  for (const mode of [0o777, 0o1777, 0o770, 0o775, 0o722, 0o702, 0o720]) {
    const dir = used(mode);
    refused(
      () => makePrivateDirectory(dir, { what }),
      /can be written by other users.*chmod go-w \S/,
    );
    assert.equal(statSync(dir).mode & 0o7777, mode);
    assert.deepEqual(readdirSync(dir), ["planted"]);
    execFileSync("chmod", ["go-w", dir]);
    makePrivateDirectory(dir, { what });
  }
  for (const mode of [0o700, 0o750, 0o755]) makePrivateDirectory(used(mode), { what });
});

test("an empty directory of our own is closed to others, and a new one is made for us alone", () => {
  for (const mode of [0o777, 0o755, 0o700]) {
    const dir = mkdtempSync(join(root, "empty-"));
    chmodSync(dir, mode);
    makePrivateDirectory(dir, { what });
    assert.equal(statSync(dir).mode & 0o777, 0o700);
  }
  const made = join(root, "new", "deeper");
  makePrivateDirectory(made, { what });
  assert.equal(statSync(made).mode & 0o777, 0o700);
});

test("a directory of another user is refused with the chown to run", { skip: !isRoot }, () => {
  const dir = used(0o700);
  chownSync(dir, OTHER, OTHER);
  refused(() => makePrivateDirectory(dir, { what }), /belongs to another user.*chown 0 \S/);
  const empty = mkdtempSync(join(root, "empty-"));
  chownSync(empty, OTHER, OTHER);
  refused(() => makePrivateDirectory(empty, { what }), /belongs to another user/);
});

test(
  "a volume of root's is taken by another user, also when it is given to the pod's group",
  { skip: !isRoot },
  () => {
    const pod = { id: 1000, groups: [1000, 2000] };
    makePrivateDirectory(used(0o755), { what, user: pod });
    const given = used(0o2775);
    chownSync(given, 0, 2000);
    chmodSync(given, 0o2775);
    makePrivateDirectory(given, { what, user: pod });
    // Another group's, or that of all users: the remedy is a directory inside of it.
    refused(
      () => makePrivateDirectory(given, { what, user: { id: 1000, groups: [1000] } }),
      /inside of it/,
    );
    const all = used(0o777);
    refused(() => makePrivateDirectory(all, { what, user: pod }), /inside of it/);
    makePrivateDirectory(join(all, "inside"), { what });
  },
);

test("a symbolic link is refused with the directory that it leads to, except where own links may be used", () => {
  const target = used(0o700);
  const link = join(root, "link");
  symlinkSync(target, link);
  refused(
    () => makePrivateDirectory(link, { what }),
    /symbolic link.*Name the directory itself: \S*used-/,
  );
  makePrivateDirectory(link, { what, links: true });
  if (isRoot) {
    const theirs = join(root, "theirs");
    symlinkSync(target, theirs);
    lchownSync(theirs, OTHER, OTHER);
    refused(() => makePrivateDirectory(theirs, { what, links: true }), /symbolic link/);
  }
  const dangling = join(root, "dangling");
  symlinkSync(join(root, "nowhere"), dangling);
  refused(() => makePrivateDirectory(dangling, { what }), /symbolic link/);
  const open = join(root, "open");
  symlinkSync(used(0o777), open);
  refused(() => makePrivateDirectory(open, { what, links: true }), /written by other users/);
});

test("createSessions() refuses, for its state and for its store, a directory that others can write", async () => {
  const dir = used(0o777);
  const options = { sweepInterval: false, log: () => {} } as const;
  refused(() => createSessions({ ...options, stateDir: dir }), /state directory.*chmod go-w/);
  const sessions = createSessions({ ...options, store: `lmdb:${dir}`, secret: SECRET_A });
  await assert.rejects(
    sessions.ready,
    (error) =>
      isPersistError(error, "ERR_DIRECTORY_UNSAFE") && /store directory/.test(error.message),
  );
  await sessions.close();
  assert.deepEqual(readdirSync(dir), ["planted"]);
});

test(
  "a directory that cannot be made, as below /proc, is an error at once, and nothing hangs",
  { skip: process.platform !== "linux" },
  () => {
    const program = `
    import { createSessions } from "./src/index.ts";
    const sessions = createSessions({ store: "lmdb:/proc/x/y", secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi", sweepInterval: false, log: () => {} });
    await sessions.ready.then(() => console.log("ready"), (error) => console.log(error.code));
    try { createSessions({ stateDir: "/proc/x/y" }); } catch (error) { console.log(error.code); }
    process.exit();`;
    const args = [...typescript, "--input-type=module", "-e", program];
    const { stdout, stderr, signal } = spawnSync(process.execPath, args, {
      cwd: project,
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(signal, null, "it hung");
    assert.match(stdout, /^ERR_STORE_\w+\nERR_SECRET_FILE\n$/, stderr);
  },
);
