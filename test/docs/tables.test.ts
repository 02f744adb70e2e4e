import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../project/imports.ts";

const guide = readFileSync(join(root, "docs/guide.md"), "utf8");

function source(path: string): string {
  return readFileSync(join(root, "src", path), "utf8");
}

/** The names that stand in the first column of the table below a heading of the guide. */
function firstColumn(heading: string): string[] {
  const [, after = ""] = guide.split(new RegExp(`^#+ ${heading}$`, "m"));
  const section = after.split(/^#/m, 1)[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)])
    .map((match) => match[1] ?? "")
    .toSorted();
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
  assert.deepEqual(firstColumn("Errors"), codes.toSorted());
});

test("the guide's tables of options have every option and no other", () => {
  assert.deepEqual(
    firstColumn("Options of createSessions"),
    propertiesOf("sessions/options.ts", "SessionsOptions"),
  );
  assert.deepEqual(
    firstColumn("Options of persist"),
    propertiesOf("state/persist.ts", "PersistOptions"),
  );
});

test("the guide's table of events has every event and no other", () => {
  assert.deepEqual(
    firstColumn("Events"),
    propertiesOf("sessions/records/events.ts", "SessionEvents"),
  );
});
