import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { isPersistError } from "../../src/errors.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { loadSecret, type SecretOptions } from "../../src/identity/secret.ts";
import { newSessionId, signToken, verifyToken } from "../../src/identity/token.ts";
import { SECRET_A, SECRET_B, SECRET_C } from "./keys.ts";

const root = mkdtempSync(join(tmpdir(), "persist-session-"));
after(() => rmSync(root, { recursive: true, force: true }));

const VARIABLE = "PERSIST_SESSION_SECRET";
let count = 0;
const newDir = () => join(root, `state-${count++}`);
const load = (options: Partial<SecretOptions> = {}) =>
  loadSecret({ stateDir: newDir(), shared: false, env: {}, ...options });

/** Whether the two rings hold the same secrets in the same order. */
function sameKeys(ring: KeyRing, secrets: string[]): boolean {
  const keys = (of: KeyRing) => of.derive("test").map((key) => key.export().toString("hex"));
  return keys(ring).join() === keys(new KeyRing(secrets)).join();
}

test("loadSecret() takes the option before the variable, and the variable before the file", () => {
  const stateDir = newDir();
  const env = { [VARIABLE]: SECRET_B };
  const byOption = load({ secret: [SECRET_A, SECRET_C], env, stateDir });
  assert.ok(sameKeys(byOption.ring, [SECRET_A, SECRET_C]));
  const byVariable = load({ env, stateDir });
  assert.ok(sameKeys(byVariable.ring, [SECRET_B]));
  assert.deepEqual([byOption.appId, byVariable.appId], [undefined, undefined]);
  assert.throws(
    () => statSync(stateDir),
    { code: "ENOENT" },
    "nothing is made if a secret is given",
  );

  const byFile = load({ stateDir });
  assert.match(byFile.appId ?? "", /^[0-9a-f]{8}$/);
  assert.ok(sameKeys(load({ secret: SECRET_A, stateDir }).ring, [SECRET_A]));
  assert.ok(sameKeys(load({ env, stateDir }).ring, [SECRET_B]));
});

test("loadSecret() takes several secrets from the variable, newest first, with commas between them", () => {
  const { ring } = load({ env: { [VARIABLE]: `${SECRET_C}, ${SECRET_A}` } });
  assert.ok(sameKeys(ring, [SECRET_C, SECRET_A]));
  const id = newSessionId();
  assert.deepEqual(verifyToken(ring, "ps", signToken(new KeyRing(SECRET_A), "ps", id)), {
    id,
    current: false,
  });
});

test("loadSecret() reads process.env when no env is given", (t) => {
  const before = process.env[VARIABLE];
  t.after(() => {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  });
  process.env[VARIABLE] = SECRET_C;
  assert.ok(sameKeys(loadSecret({ stateDir: newDir(), shared: false }).ring, [SECRET_C]));
});

test("loadSecret() throws and makes no file when the secret given is too short or empty", () => {
  const bad: [Partial<SecretOptions>, string][] = [
    [{ secret: "abc" }, "The secret "],
    [{ secret: "" }, "The secret "],
    [{ secret: [SECRET_A, "abc"] }, "The secret (number 2 of 2)"],
    [{ env: { [VARIABLE]: "abc" } }, VARIABLE],
    [{ env: { [VARIABLE]: "" } }, VARIABLE],
    [{ env: { [VARIABLE]: `${SECRET_A},` } }, `${VARIABLE} (number 2 of 2)`],
  ];
  for (const [options, place] of bad) {
    const stateDir = newDir();
    assert.throws(
      () => load({ ...options, stateDir }),
      (error) =>
        isPersistError(error, "ERR_SECRET_TOO_SHORT") &&
        error.message.startsWith(place) &&
        error.message.includes("openssl rand -base64 32") &&
        !error.message.includes(SECRET_A),
    );
    assert.throws(() => statSync(stateDir), { code: "ENOENT" });
  }
});

test("loadSecret() throws ERR_SECRET_REQUIRED when the store is shared and no secret is given", () => {
  const stateDir = newDir();
  assert.throws(
    () => load({ shared: true, stateDir }),
    (error) => isPersistError(error, "ERR_SECRET_REQUIRED") && error.message.includes(VARIABLE),
  );
  // Not even if a file is there by now: the other servers do not have it.
  load({ stateDir });
  assert.throws(() => load({ shared: true, stateDir }), { code: "ERR_SECRET_REQUIRED" });
  assert.ok(sameKeys(load({ shared: true, secret: SECRET_A }).ring, [SECRET_A]));
  assert.ok(sameKeys(load({ shared: true, env: { [VARIABLE]: SECRET_A } }).ring, [SECRET_A]));
});

test("loadSecret() makes the secret once, for the owner alone, in a directory that git ignores", () => {
  const stateDir = join(newDir(), "deep", ".persist-session");
  const first = load({ stateDir });
  const content = readFileSync(join(stateDir, "secret"), "latin1");
  assert.match(
    content,
    /^persist-session secret v1\napp [0-9a-f]{8}\nsecret [A-Za-z0-9+/]{43}=\n$/,
  );
  if (process.platform !== "win32") {
    assert.equal(statSync(stateDir).mode & 0o777, 0o700);
    for (const file of readdirSync(stateDir))
      assert.equal(statSync(join(stateDir, file)).mode & 0o777, 0o600);
  }
  assert.equal(readFileSync(join(stateDir, ".gitignore"), "utf8"), "*\n");
  assert.deepEqual(readdirSync(stateDir).toSorted(), [".gitignore", "secret"]);

  const second = load({ stateDir });
  assert.equal(readFileSync(join(stateDir, "secret"), "latin1"), content);
  assert.equal(second.appId, first.appId);
  const id = newSessionId();
  assert.deepEqual(verifyToken(second.ring, "ps", signToken(first.ring, "ps", id)), {
    id,
    current: true,
  });

  const secret = / ([A-Za-z0-9+/]{43}=)/.exec(content)?.[1] as string;
  assert.ok(sameKeys(first.ring, [secret]), "it can be moved into the option or the variable");
  assert.ok(!inspect(first, { showHidden: true, depth: 10 }).includes(secret));
});

test("loadSecret() makes files for the owner alone, readable for him, whatever the umask is", (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  for (const mask of [0, 0o077, 0o277, 0o777]) {
    const stateDir = mkdtempSync(join(root, "umask-"));
    process.umask(mask);
    load({ stateDir });
    process.umask(0);
    if (process.platform !== "win32")
      assert.equal(statSync(join(stateDir, "secret")).mode & 0o777, 0o600);
  }
});

test("loadSecret() makes another secret and app id for another directory", () => {
  const [one, two] = [load(), load()];
  assert.notEqual(one.appId, two.appId);
  assert.equal(verifyToken(two.ring, "ps", signToken(one.ring, "ps", newSessionId())), undefined);
});

test("loadSecret() writes no .gitignore into a directory that holds other things", () => {
  const stateDir = mkdtempSync(join(root, "project-"));
  writeFileSync(join(stateDir, "package.json"), "{}");
  load({ stateDir });
  assert.deepEqual(readdirSync(stateDir).toSorted(), ["package.json", "secret"]);
});

test("loadSecret() passes over the draft of a process that was killed while it wrote", () => {
  const stateDir = newDir();
  const { appId } = load({ stateDir });
  rmSync(join(stateDir, "secret"));
  writeFileSync(
    join(stateDir, ".secret-12345-0011223344556677"),
    "persist-session secret v1\napp 12",
    { mode: 0o600 },
  );
  const fresh = load({ stateDir }).appId;
  assert.notEqual(fresh, appId);
  assert.equal(load({ stateDir }).appId, fresh);
});
