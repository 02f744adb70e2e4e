import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nearest } from "../../src/cli/nearest.ts";
import { parseCommand } from "../../src/cli/parse.ts";
import { isPersistError } from "../../src/errors.ts";
import { root } from "../project/imports.ts";
import { persistSession } from "./command.ts";

const options = {
  port: { type: "string", value: "PORT", help: "where to listen" },
  host: { type: "string", help: "where to listen" },
  open: { type: "boolean", short: "o", help: "open a browser" },
  "no-resume": { type: "boolean", help: "without resume" },
} as const;

describe("parseCommand()", () => {
  test("parseCommand() gives values, positionals and the rest when options stand before and after them", () => {
    assert.deepEqual(
      parseCommand(
        ["--port", "80", "app.py", "-o", "--no-resume", "--", "--a.b", "1", "--", "x"],
        options,
      ),
      {
        values: { port: "80", open: true, "no-resume": true },
        positionals: ["app.py"],
        rest: ["--a.b", "1", "--", "x"],
      },
    );
    assert.equal(parseCommand(["app.py"], options)?.rest, undefined);
    assert.deepEqual(parseCommand(["--port=-1"], options)?.values, { port: "-1" });
  });

  test("parseCommand() gives nothing when help is asked for", () => {
    assert.equal(parseCommand(["app.py", "--help"], options), undefined);
    assert.equal(parseCommand(["-h"], options), undefined);
  });

  for (const [args, message] of [
    [["--prot", "80"], /no option --prot\. Did you mean --port\?/],
    [["--no-resum"], /Did you mean --no-resume\?/],
    [["--colour"], /^There is no option --colour\.$/],
    [["-x"], /^There is no option -x\.$/],
    [["--toString"], /^There is no option --toString\.$/],
    [["--server.port", "1"], /after two dashes: -- --server\.port/],
    [["--port"], /--port needs a value: --port PORT/],
    [["--port", "--host", "x"], /--port needs a value/],
    [["--port="], /--port needs a value/],
    [["--open=yes"], /--open takes no value/],
    [["--port", "1", "--port", "2"], /--port was given twice/],
  ] as const) {
    test(`parseCommand() names the remedy when given ${args.join(" ")}`, () => {
      assert.throws(
        () => parseCommand(args, options),
        (error) => isPersistError(error, "ERR_USAGE") && message.test(error.message),
      );
    });
  }
});

test("nearest() gives nothing when no name is near", () => {
  assert.equal(nearest("rnu", ["proxy", "run"]), "run");
  assert.equal(nearest("frobnicate", ["proxy", "run"]), undefined);
});

describe("persist-session", () => {
  test("persist-session prints the version of package.json when asked for it", async () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const { code, stdout, stderr } = await persistSession(["--version"]);
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: `${manifest.version}\n`, stderr: "" },
    );
  });

  test("persist-session shows its commands when asked for help, and ends with 2 when called with nothing", async () => {
    const [asked, bare] = await Promise.all([persistSession(["--help"]), persistSession([])]);
    assert.equal(asked.code, 0);
    assert.match(asked.stdout, /Commands:/);
    assert.equal(bare.code, 2);
    assert.equal(bare.stderr, asked.stdout);
    assert.equal(bare.stdout, "");
  });

  test("persist-session ends with 2 and one line when there is no such command", async () => {
    const { code, stdout, stderr } = await persistSession(["frobnicate"]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'persist-session: There is no command "frobnicate". See: persist-session --help\n',
    );
  });
});
