import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { readSecretFile } from "../../src/identity/secret-file.ts";
import { loadSecret } from "../../src/identity/secret.ts";
import { sharedTmpdir } from "../support/server-directory.ts";

const root = mkdtempSync(join(sharedTmpdir(), "persist-session-"));
after(() => rmSync(root, { recursive: true, force: true }));
const NOBODY = 65_534;

const load = (stateDir: string) => loadSecret({ stateDir, shared: false, env: {} });

/** A directory with a secret made in it, and the path of the secret. */
function made(): { dir: string; path: string } {
  const dir = mkdtempSync(join(root, "state-"));
  load(dir);
  return { dir, path: join(dir, "secret") };
}

function refuses(action: () => unknown, saying: RegExp, hidden = "secret v1"): void {
  assert.throws(
    action,
    (error) =>
      isPersistError(error, "ERR_SECRET_FILE") &&
      saying.test(error.message) &&
      error.message.includes("PERSIST_SESSION_SECRET") &&
      !error.message.includes(hidden),
    String(saying),
  );
}

test("loadSecret() throws ERR_SECRET_FILE with the chmod to run when others may open the file, and leaves it", () => {
  for (const mode of [0o604, 0o640, 0o602, 0o620, 0o601, 0o610, 0o644, 0o666, 0o777]) {
    const { dir, path } = made();
    const content = readFileSync(path, "latin1");
    chmodSync(path, mode);
    refuses(
      () => load(dir),
      /is open to other users.* chmod 600 \S*secret /,
      / (\S{43}=)/.exec(content)?.[1],
    );
    assert.equal(readFileSync(path, "latin1"), content);
    assert.equal(statSync(path).mode & 0o777, mode);
    chmodSync(path, 0o600);
    load(dir);
  }
});

test("the chmod in the message works as it stands when the path holds spaces and quotes", () => {
  const dir = mkdtempSync(join(root, "it's a $(dir) "));
  load(dir);
  chmodSync(join(dir, "secret"), 0o644);
  let command = "";
  assert.throws(
    () => load(dir),
    (error: Error) => (command = /chmod 600 '.*secret'/.exec(error.message)?.[0] ?? "") !== "",
  );
  execFileSync("sh", ["-c", command]);
  load(dir);
});

test("readSecretFile() throws ERR_SECRET_FILE when the file belongs to another user", () => {
  const { path } = made();
  refuses(() => readSecretFile(path, (process.geteuid?.() ?? 0) + 1), /belongs to another user/);
  assert.ok(readSecretFile(path, process.geteuid?.()));
});

test("loadSecret() throws ERR_SECRET_FILE when the file is a symbolic link, also to a good or a missing file", () => {
  const { dir, path } = made();
  renameSync(path, join(dir, "elsewhere"));
  symlinkSync(join(dir, "elsewhere"), path);
  refuses(() => load(dir), /symbolic link/);

  const dangling = mkdtempSync(join(root, "dangling-"));
  symlinkSync(join(dangling, "nowhere"), join(dangling, "secret"));
  refuses(() => load(dangling), /symbolic link/);
  assert.deepEqual(readdirSync(dangling), ["secret"], "nothing is written through the link");
});

test("loadSecret() throws ERR_SECRET_FILE when the name is taken by a directory or a pipe, without waiting", () => {
  const dir = mkdtempSync(join(root, "state-"));
  mkdirSync(join(dir, "secret"), { mode: 0o700 });
  refuses(() => load(dir), /is not a regular file/);
  rmSync(join(dir, "secret"), { recursive: true });
  execFileSync("mkfifo", ["-m", "600", join(dir, "secret")]);
  refuses(() => load(dir), /is not a regular file/);
});

test("loadSecret() throws ERR_SECRET_FILE when the file is empty, and leaves it as it is", () => {
  const { dir, path } = made();
  truncateSync(path);
  refuses(() => load(dir), /is empty/);
  assert.equal(statSync(path).size, 0);
});

test("loadSecret() throws ERR_SECRET_FILE when the file is damaged: cut at any length, added to or changed", () => {
  const { dir, path } = made();
  const good = readFileSync(path, "latin1");
  const damaged = Array.from({ length: good.length - 1 }, (_, index) => good.slice(0, index + 1));
  damaged.push(
    `${good}\n`,
    ` ${good}`,
    good + good,
    good.replace("v1", "v2"),
    good.replaceAll("\n", "\r\n"),
    good.toUpperCase(),
  );
  damaged.push(
    good.replace(/app .{8}/, "app ../../et"),
    good.replace("=", "\0"),
    "\0".repeat(good.length),
    good.padEnd(5000, "x"),
  );
  damaged.push(good.replace(/secret \S+/, "secret abc"), `{"secret":"abc"}`, "\u00ff".repeat(2000));
  for (const content of damaged) {
    writeFileSync(path, content, "latin1");
    refuses(() => load(dir), /is damaged/);
    assert.equal(readFileSync(path, "latin1"), content);
  }
  writeFileSync(path, good, "latin1");
  load(dir);
});

test("loadSecret() throws ERR_SECRET_FILE when the directory cannot be written to, and gives no secret", (t) => {
  const dir = mkdtempSync(join(root, "state-"));
  // Root may write everywhere, so as root the test goes on as another user.
  if (process.geteuid?.() === 0) {
    chmodSync(root, 0o755);
    chownSync(dir, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
    t.after(() => process.seteuid?.(0));
  } else {
    t.after(() => chmodSync(dir, 0o700));
  }
  chmodSync(dir, 0o500);
  refuses(() => load(dir), /could not be made.*writable/);
  refuses(() => load(join(dir, "below")), /could not be made.*writable/);
  assert.throws(
    () => load(dir),
    (error: Error) => (error.cause as NodeJS.ErrnoException).code === "EACCES",
  );
  chmodSync(dir, 0o700);
  load(dir);
  chmodSync(join(dir, "secret"), 0o000);
  refuses(() => load(dir), /cannot be read/);
  chmodSync(dir, 0o000);
  refuses(() => load(dir), /cannot be read/);
});

test("loadSecret() throws ERR_SECRET_FILE when the directory is a file", () => {
  const file = join(mkdtempSync(join(root, "state-")), "file");
  writeFileSync(file, "");
  refuses(() => load(file), /cannot be read/);
  refuses(() => load(join(file, "below")), /cannot be read/);
});
