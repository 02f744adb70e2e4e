import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Invocation, OptionTable } from "../../src/cli/command.ts";
import { proxyOptions, runOptions, settingOptions } from "../../src/cli/served-options.ts";
import { applySettings, readTable, variableName } from "../../src/cli/settings/index.ts";
import { isPersistError } from "../../src/errors.ts";
import { persistSession } from "./command.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
const NONE: Invocation = { values: {}, positionals: ["app.py"], rest: undefined };

interface Given {
  readonly line?: Record<string, string | true>;
  readonly env?: NodeJS.ProcessEnv;
  /** The lines of the table. */
  readonly table?: string;
  readonly options?: OptionTable;
}

/** The values that a command would get, and what they are said to come from. */
async function settled({ line = {}, env = {}, table, options = settingOptions }: Given) {
  const cwd = directory(
    table === undefined ? {} : { "pyproject.toml": `[tool.persist-session]\n${table}` },
  );
  const { invocation, givenBy } = applySettings(
    { ...NONE, values: line as Invocation["values"] },
    { options, env, table: await readTable(cwd), keys: Object.keys(settingOptions) },
  );
  assert.deepEqual(invocation.positionals, NONE.positionals);
  return { values: { ...invocation.values }, givenBy: Object.fromEntries(givenBy), cwd };
}

async function refused(given: Given, message: RegExp): Promise<void> {
  await assert.rejects(
    settled(given),
    (error) => isPersistError(error, "ERR_USAGE") && message.test(error.message),
    JSON.stringify(given),
  );
}

describe("options by variables and pyproject.toml", () => {
  for (const [option, spec] of Object.entries(settingOptions)) {
    test(`--${option} has a variable and a key`, async () => {
      const variable = variableName(option);
      assert.match(variable, /^PERSIST_SESSION_[A-Z_]+$/);
      const one = spec.type === "boolean" ? true : spec.repeats === true ? ["7"] : "7";
      // If a variable has a reader of its own, the command gets nothing of it.
      if (spec.saidBy?.includes(variable) !== true) {
        const { values, givenBy } = await settled({
          env: { [variable]: one === true ? "on" : "7" },
        });
        assert.deepEqual(values, { [option]: one });
        assert.deepEqual(givenBy, { [option]: variable });
      }
      const entry = one === true ? "true" : '"7"';
      for (const key of [option, option.replaceAll("-", "_")]) {
        const { values, cwd, givenBy } = await settled({ table: `${key} = ${entry}` });
        assert.deepEqual(values, { [option]: one });
        assert.equal(
          givenBy[option],
          `"${key}" in [tool.persist-session] of ${join(cwd, "pyproject.toml")}`,
        );
      }
    });
  }

  test("the command line comes before the variable, and that before the table", async () => {
    const table = 'port = 3\nttl = "3s"\nhost = "three"';
    const env = { PERSIST_SESSION_PORT: "2", PERSIST_SESSION_TTL: "2s" };
    const { values } = await settled({ line: { port: "1" }, env, table });
    assert.deepEqual(values, { port: "1", ttl: "2s", host: "three" });
  });

  test("an option that any command adds later has both by itself", async () => {
    const options: OptionTable = {
      ...runOptions,
      "brand-new": { type: "string", help: "what comes next year" },
    };
    const { values } = await settled({ env: { PERSIST_SESSION_BRAND_NEW: "x" }, options });
    assert.deepEqual(values, { "brand-new": "x" });
  });

  test("a flag is on or off, and off hides what comes later", async () => {
    for (const word of ["1", "true", "On", "YES"])
      assert.deepEqual((await settled({ env: { PERSIST_SESSION_OPEN: word } })).values, {
        open: true,
      });
    for (const word of ["0", "false", "Off", "no"]) {
      const env = { PERSIST_SESSION_OPEN: word };
      assert.deepEqual((await settled({ env, table: "open = true" })).values, {});
    }
    assert.deepEqual((await settled({ table: "open = false" })).values, {});
    await refused(
      { env: { PERSIST_SESSION_OPEN: "perhaps" } },
      /^PERSIST_SESSION_OPEN takes on or off/,
    );
    for (const entry of ['"true"', "1", "[true]"])
      await refused(
        { table: `open = ${entry}` },
        /^"open" in .*pyproject\.toml takes true or false/,
      );
  });

  test("a list is one in the table, and has commas or spaces in a variable", async () => {
    const both = { "allow-origin": ["https://a.example", "https://b.example"] };
    for (const text of [
      "https://a.example,https://b.example",
      " https://a.example \n https://b.example",
    ])
      assert.deepEqual(
        (await settled({ env: { PERSIST_SESSION_ALLOW_ORIGIN: text } })).values,
        both,
      );
    const table = 'allow-origin = ["https://a.example", "https://b.example"]';
    assert.deepEqual((await settled({ table })).values, both);
    const networks = 'trust-proxy = ["10.0.0.0/8", "192.0.2.7"]';
    assert.deepEqual((await settled({ table: networks })).values, {
      "trust-proxy": "10.0.0.0/8,192.0.2.7",
    });
  });

  test("an empty variable counts as none, as does what Kubernetes sets for a Service of our name", async () => {
    const env = { PERSIST_SESSION_TTL: "", PERSIST_SESSION_PORT: "tcp://10.0.0.7:80" };
    assert.deepEqual((await settled({ env })).values, {});
  });

  test("a key that is no option, a value of no kind, and a key that is there twice are refused with the place", async () => {
    await refused(
      { table: "prot = 1" },
      /no option "prot" in .*pyproject\.toml\. Did you mean port\?/,
    );
    await refused({ table: "ttl = 1979-05-27" }, /^"ttl" in .*pyproject\.toml takes a text: TIME/);
    await refused({ table: 'store = ""' }, /^"store" in .*takes a text: URL/);
    await refused({ table: "port = [[1]]" }, /^"port" in .*takes a text: PORT/);
    await refused({ table: 'same-site = "lax"\nsame_site = "lax"' }, /same_site.*twice/);
    await refused({ table: 'enabled = "yes"' }, /^"enabled" in .*takes true or false/);
    for (const name of ["__proto__", "toString"])
      await refused({ table: `${name} = 1` }, /no option/);
  });

  test("keys of another command of ours are left to it", async () => {
    const table = 'upstream = "http://127.0.0.1:1"\nport = 1\nenabled = true';
    assert.deepEqual((await settled({ table, options: runOptions })).values, { port: "1" });
    assert.ok(Object.hasOwn(proxyOptions, "upstream"));
  });

  test("a password in the environment comes before a file with one that the table names", async () => {
    const table = 'store = "redis://a"\nstore-password-file = "f"';
    const env = { PERSIST_SESSION_STORE_PASSWORD: "p" };
    assert.deepEqual((await settled({ env, table })).values, { store: "redis://a" });
    assert.deepEqual((await settled({ table })).values, {
      store: "redis://a",
      "store-password-file": "f",
    });
  });

  test("a pyproject.toml without our table says nothing, as does none", async () => {
    assert.equal(await readTable(directory({})), undefined);
    assert.equal(
      await readTable(directory({ "pyproject.toml": '[tool.ruff]\nx = "1"' })),
      undefined,
    );
    const [deep] = [directory({ "a/pyproject.toml/x": "" })];
    await assert.rejects(readTable(join(deep, "a")), /cannot be read \(EISDIR\)/);
  });
});

/** That `run` ends with 2 and one line. */
async function ends(
  given: { env?: NodeJS.ProcessEnv; files?: Record<string, string>; args?: readonly string[] },
  message: RegExp,
): Promise<void> {
  const { env = {}, files = {}, args = ["run", "app.py"] } = given;
  const cwd = directory({ "app.py": "", ...files });
  const { code, stdout, stderr } = await persistSession(args, { cwd, env });
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, stderr);
  assert.match(stderr, /^persist-session: [^\n]+\n$/);
  assert.match(stderr, message);
}

describe("the command", () => {
  test("names the variable when its value is none of its kind", async () => {
    await Promise.all([
      ends({ env: { PERSIST_SESSION_PORT: "x" } }, /: PERSIST_SESSION_PORT takes a whole number/),
      ends({ env: { PERSIST_SESSION_TTL: "soon" } }, /: PERSIST_SESSION_TTL takes a time/),
      ends({ env: { PERSIST_SESSION_SAME_SITE: "no" } }, /: PERSIST_SESSION_SAME_SITE takes lax/),
      ends({ env: { PERSIST_SESSION_TRUST_PROXY: "me" } }, /: PERSIST_SESSION_TRUST_PROXY takes/),
      ends(
        { env: { PERSIST_SESSION_STORE: "sqlite:x" } },
        /kind "sqlite:".* It is given by PERSIST_SESSION_STORE\. See: persist-session run --help/,
      ),
      ends(
        { env: { PERSIST_SESSION_STORE: "sqlite:x" }, args: ["sessions"] },
        /It is given by PERSIST_SESSION_STORE\./,
      ),
    ]);
  });

  test("names the key and the file when the table is wrong, beside the app and not where it is started", async () => {
    const table = "[tool.persist-session]\n";
    const args = ["run", "apps/app.py"];
    await Promise.all([
      ends(
        { files: { "apps/app.py": "", "apps/pyproject.toml": `${table}resume-max = 0` }, args },
        /: "resume-max" in \[tool\.persist-session\] of \S+apps\/pyproject\.toml takes a whole number/,
      ),
      ends(
        { files: { "pyproject.toml": `${table}port = "high"` }, args: ["run", "."] },
        /: "port" in \[tool\.persist-session\] of \S+pyproject\.toml takes a whole number/,
      ),
      ends(
        { files: { "pyproject.toml": `${table}store = "sqlite:x"` }, args: ["sessions"] },
        /It is given by "store" in \[tool\.persist-session\] of pyproject\.toml/,
      ),
      ends(
        { files: { "pyproject.toml": `${table}upstream = "https://x"` }, args: ["proxy"] },
        /: "upstream" in \[tool\.persist-session\] of pyproject\.toml takes a URL/,
      ),
    ]);
  });

  test("says in one line if a pyproject.toml is no TOML", async () => {
    const message =
      /pyproject\.toml is no valid TOML: line \d, column \d+: [^\n]*\. Correct it there\./;
    await ends({ files: { "pyproject.toml": "[tool.persist-session\nport = 1" } }, message);
    for (const text of ["port = = 1", "a = 1\na = 2", "\0", "x"])
      await assert.rejects(
        readTable(directory({ "pyproject.toml": text })),
        (error) => isPersistError(error, "ERR_USAGE") && message.test(error.message),
      );
  });

  test("looks for the store where run keeps it when a variable or the table says so", async () => {
    const told = async (env: NodeJS.ProcessEnv, files: Record<string, string>) => {
      const { stderr } = await persistSession(["sessions"], { cwd: directory(files), env });
      return /There is no store in (\S+)\./.exec(stderr)?.[1];
    };
    assert.equal(await told({}, {}), ".persist-session");
    assert.equal(await told({ PERSIST_SESSION_STATE_DIR: "by-variable" }, {}), "by-variable");
    const table = '[tool.persist-session]\nstate-dir = "by-table"';
    assert.equal(await told({}, { "pyproject.toml": table }), "by-table");
    assert.equal(
      await told({ PERSIST_SESSION_STORE: "lmdb:own" }, { "pyproject.toml": table }),
      "own",
    );
  });

  test("lists every variable in its help", async () => {
    const { stdout } = await persistSession(["--help"]);
    for (const option of Object.keys(settingOptions))
      assert.match(stdout, new RegExp(`^  ${variableName(option)}=\\S+ +--${option}$`, "m"));
    for (const name of ["", "_SECRET", "_NODE"])
      assert.match(stdout, new RegExp(`^  PERSIST_SESSION${name}\\b`, "m"));
  });
});
