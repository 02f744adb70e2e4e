import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../project/imports.ts";
import { firstColumn, tableAfter, tableRows } from "./markdown-tables.ts";
import { publicApi } from "./public-api.ts";

const GUIDE = "docs/guide.md";

function source(path: string): string {
  return readFileSync(join(root, "src", path), "utf8");
}

/** The names of an interface's own properties. */
function propertiesOf(path: string, name: string): string[] {
  const [, body = ""] =
    new RegExp(`interface ${name}\\b[^{]*\\{\n(.*?)\n\\}`, "s").exec(source(path)) ?? [];
  return [...body.matchAll(/^ {2}(?:readonly )?"?([\w-]+)"?\??[:(]/gm)]
    .map((match) => match[1] ?? "")
    .toSorted();
}

test("the guide's table of errors has every code of src/errors.ts and no other", () => {
  const codes = [...source("errors.ts").matchAll(/\| "(ERR_\w+)"/g)].map((match) => match[1] ?? "");
  assert.ok(codes.length > 20);
  assert.deepEqual(firstColumn(GUIDE, "Errors"), codes.toSorted());
});

test("the guide's tables of options have every option and no other", () => {
  assert.deepEqual(
    firstColumn(GUIDE, "Options of createSessions"),
    propertiesOf("sessions/options.ts", "SessionsOptions"),
  );
  assert.deepEqual(
    firstColumn(GUIDE, "Options of persist"),
    propertiesOf("state/persist.ts", "PersistOptions"),
  );
});

test("the guide's table of events has every event and no other", () => {
  assert.deepEqual(
    firstColumn(GUIDE, "Events"),
    propertiesOf("sessions/records/events.ts", "SessionEvents"),
  );
});

describe("the tables of members have every public member and no other", () => {
  const api = publicApi();

  /** The names of the members of an interface or a class. */
  function membersOf(name: string): string[] {
    const found = api.find((one) => one.name === name);
    assert.ok(found !== undefined, `${name} is not exported`);
    return found.members.map((member) => member.name).toSorted();
  }

  /** The names that the first cells begin with: "open" of "`open(token?)`". */
  function namesIn(rows: readonly (readonly string[])[]): string[] {
    return rows.map(([first = ""]) => /^`(\w+)/.exec(first)?.[1] ?? first).toSorted();
  }

  test("Sessions", () => {
    const rows = tableAfter(GUIDE, "Workers, scripts and other frameworks", "`createSessions(");
    assert.deepEqual(namesIn(rows), membersOf("Sessions"));
  });

  test("Session", () => {
    const rows = tableAfter(GUIDE, "Workers, scripts and other frameworks", "A session has");
    assert.deepEqual(namesIn(rows), membersOf("Session"));
  });

  test("Store", () => {
    const rows = tableRows("docs/stores.md", "Method by method");
    assert.deepEqual(namesIn(rows), membersOf("Store"));
  });
});

test("streamlit.md's table of errors has every code of the Python package and no other", () => {
  const directory = join(root, "python/persist_session");
  const codes = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".py"))
    .flatMap(
      (path) => readFileSync(join(directory, path), "utf8").match(/"ERR(?:_[A-Z]+)+"/g) ?? [],
    )
    .map((code) => code.slice(1, -1));
  assert.ok(codes.length > 60);
  assert.deepEqual(firstColumn("docs/streamlit.md", "Errors"), [...new Set(codes)].toSorted());
});
