import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadSecret } from "../../src/identity/secret.ts";
import { signToken } from "../../src/identity/token.ts";
import { typescript } from "../support/typescript.ts";

const PROCESSES = 8;
const ROUNDS = 100;

const root = mkdtempSync(join(tmpdir(), "persist-session-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("loadSecret() gives one secret and one app id when many processes start at once on a new directory", async (t) => {
  const script = fileURLToPath(new URL("./secret-child.ts", import.meta.url));
  const children: ChildProcess[] = [];
  t.after(() => {
    for (const child of children) child.kill("SIGKILL");
  });
  const answers = Array.from({ length: PROCESSES }, () => {
    const child = spawn(process.execPath, [...typescript, script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  });
  const next = () =>
    Promise.all(answers.map(async (lines) => (await lines.next()).value as string));
  assert.deepEqual(new Set(await next()), new Set(["ready"]));

  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    // Each second time the directory itself is missing too.
    const dir =
      round % 2 === 0 ? join(root, `${round}`, "state") : mkdtempSync(join(root, "state-"));
    for (const child of children) child.stdin?.write(`${dir}\n`);
    const given = new Set(await next());
    assert.equal(given.size, 1, `they do not agree: ${[...given].join(" | ")}`);
    const [answer = ""] = given;
    assert.match(answer, /^[0-9a-f]{8} [0-9a-f-]{36}\./);
    assert.ok(!seen.has(answer), "each directory has a secret of its own");
    seen.add(answer);

    // A process that starts later gets the same one, and no draft is left behind.
    const { ring, appId } = loadSecret({ stateDir: dir, shared: false, env: {} });
    assert.equal(answer, `${appId} ${signToken(ring, "ps", answer.slice(9, 45))}`);
    assert.deepEqual(readdirSync(dir).toSorted(), [".gitignore", "secret"]);
  }
});
