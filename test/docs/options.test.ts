import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { settingOptions } from "../../src/cli/served-options.ts";
import { applySettings, readTable, variableName } from "../../src/cli/settings/index.ts";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { root } from "../project/imports.ts";

const directory = useWorkDirectories();
const page = readFileSync(join(root, "docs/operations.md"), "utf8");

test("the table of docs/operations.md has every option of run and proxy with its variable, and no other", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| `(PERSIST_SESSION_\w+)` +\| (\S.*?) +\|$/gm)];
  assert.deepEqual(
    rows.map(([, option, variable]) => `${option} ${variable}`).toSorted(),
    Object.keys(settingOptions)
      .map((option) => `${option} ${variableName(option)}`)
      .toSorted(),
  );
});

test("the table of docs/operations.md that stands for a pyproject.toml is read as it says", async () => {
  const fence = /```toml\n(\[tool\.persist-session\]\n.*?)```/s.exec(page)?.[1] ?? "";
  const cwd = directory({ "pyproject.toml": fence });
  const { invocation } = applySettings(
    { values: {}, positionals: [], rest: undefined },
    {
      options: settingOptions,
      env: {},
      table: await readTable(cwd),
      keys: Object.keys(settingOptions),
    },
  );
  assert.deepEqual(invocation.values, {
    ttl: "7d",
    "same-site": "strict",
    "allow-origin": ["https://portal.example.com"],
  });
});
