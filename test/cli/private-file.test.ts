import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readPrivateFile } from "../../src/cli/private-file.ts";
import { isPersistError } from "../../src/errors.ts";
import { persistSession } from "./command.ts";

const root = mkdtempSync(join(tmpdir(), "persist-session-file-"));
after(() => rmSync(root, { recursive: true, force: true }));
const isRoot = process.geteuid?.() === 0;
const SECRET = "0123456789abcdef0123456789abcdef";
let files = 0;

function file(mode: number): string {
  const path = join(root, `secret-${files++}`);
  writeFileSync(path, `${SECRET}\n`);
  chmodSync(path, mode);
  return path;
}

function read(path: string, user?: { id: number; group: number }) {
  const warnings: string[] = [];
  const content = readPrivateFile({
    path,
    what: "The secret file",
    code: "ERR_SECRET_FILE",
    remedy: "Make one.",
    user,
    warn: (line) => void warnings.push(line),
  });
  return { content, warnings };
}

function refused(action: () => unknown, remedy: RegExp): void {
  assert.throws(
    action,
    (error) =>
      isPersistError(error, "ERR_SECRET_FILE") &&
      remedy.test(error.message) &&
      !error.message.includes(SECRET),
    String(remedy),
  );
}

test("a file that others can write is refused with the chmod to run", () => {
  for (const mode of [0o666, 0o602, 0o606, 0o777, 0o646]) {
    const path = file(mode);
    refused(() => read(path), /chmod go-w \S*secret/);
    execFileSync("chmod", ["go-w", path]);
    assert.equal(read(path).content, `${SECRET}\n`);
  }
});

test(
  "a file of another user is refused with the chown to run, and root's is not",
  { skip: !isRoot },
  () => {
    const path = file(0o600);
    chownSync(path, 65_534, 65_534);
    refused(() => read(path), /belongs to another user \(65534\).*chown 0 \S/);
    refused(() => read(path, { id: 1000, group: 1000 }), /chown 1000 \S/);
    // As Docker and Kubernetes give it to a process that is not root.
    assert.equal(read(file(0o440), { id: 1000, group: 1000 }).content, `${SECRET}\n`);
  },
);

test(
  "a file that a group can write is refused, except the user's own group's",
  { skip: !isRoot },
  () => {
    const path = file(0o660);
    refused(() => read(path), /chmod go-w/);
    chownSync(path, 1000, 1000);
    assert.deepEqual(read(path, { id: 1000, group: 1000 }).warnings, []);
    refused(() => read(path, { id: 1000, group: 100 }), /chmod go-w/);
  },
);

test("a file that all users can read is read, with one line that says so; a group may read it", () => {
  const path = file(0o644);
  const { content, warnings } = read(path);
  assert.equal(content, `${SECRET}\n`);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /chmod o-r \S*secret/);
  for (const mode of [0o600, 0o400, 0o640, 0o440])
    assert.deepEqual(read(file(mode)).warnings, [], mode.toString(8));
});

test("a symbolic link is followed, as the secrets of Kubernetes are, and its target counts", () => {
  const link = join(root, "link");
  symlinkSync(file(0o640), link);
  assert.equal(read(link).content, `${SECRET}\n`);
  const open = join(root, "open");
  symlinkSync(file(0o666), open);
  refused(() => read(open), /chmod go-w/);
  refused(() => read(join(root, "missing")), /cannot be read \(ENOENT\)\. Make one\./);
});

test("persist-session refuses a --secret-file that others can write", async () => {
  const { code, stderr } = await persistSession([
    "proxy",
    "--upstream",
    "http://127.0.0.1:1",
    "--port",
    "0",
    "--secret-file",
    file(0o666),
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /can be written by other users.*chmod go-w/);
});
