import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { filesBelow, root } from "./imports.ts";

const PACKAGE = join(root, "python/persist_session");

/** What a room may import besides itself and the modules beside the rooms. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  codec: [],
  engine: [],
  service: [],
  state: ["codec", "service"],
  session: ["codec", "service", "state"],
  streamlit: ["codec", "service", "state", "session"],
  testing: ["codec", "service", "state", "session", "streamlit"],
  plain: ["engine", "service", "session", "streamlit", "testing"],
};

interface Import {
  readonly from: string;
  /** A module's file, or the directory of a package. */
  readonly to: string;
}

const FROM = /^[ \t]*from[ \t]+(\.+)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)/gm;

/**
 * The relative imports of the package, also those inside of functions. Paths are relative to the
 * package.
 */
function imports(): Import[] {
  return filesBelow(PACKAGE, ".py").flatMap((from) =>
    importsIn(from, readFileSync(join(PACKAGE, from), "utf8")),
  );
}

function importsIn(from: string, text: string): Import[] {
  const found: Import[] = [];
  for (const [, dots = ".", name = "", names = ""] of text.matchAll(FROM)) {
    const base = join(PACKAGE, dirname(from), ...Array<string>(dots.length - 1).fill(".."));
    const target = join(base, ...name.split("."));
    if (existsSync(`${target}.py`)) found.push({ from, to: relative(PACKAGE, `${target}.py`) });
    else
      for (const [one] of names.matchAll(/[A-Za-z_]\w*/g)) {
        const module = join(target, `${one}.py`);
        // A door may export a function by the name of its module, such as `update`.
        const isModule = existsSync(module) && !exportsOf(target).includes(`"${one}"`);
        found.push({ from, to: relative(PACKAGE, isModule ? module : target) });
      }
  }
  return found;
}

/** What a package names in `__all__`, as text. */
function exportsOf(directory: string): string {
  const text = readFileSync(join(directory, "__init__.py"), "utf8");
  return /^__all__ = \[[^\]]*\]/m.exec(text)?.[0] ?? "";
}

function roomOf(path: string): string | undefined {
  const [room = ""] = path.split("/");
  return room in MAY_IMPORT ? room : undefined;
}

function assertNone(found: readonly Import[], rule: string): void {
  const lines = found.map(({ from, to }) => `  ${from} imports ${to}`);
  assert.equal(lines.length, 0, `${rule}\n${lines.join("\n")}`);
}

const all = imports();

describe("the rooms of the Python package", () => {
  test("every directory of the package is a room with a rule, or part of one", () => {
    const rooms = new Set(filesBelow(PACKAGE, ".py").map((path) => path.split("/")));
    for (const [room = "", ...rest] of rooms)
      if (rest.length > 0) assert.ok(room in MAY_IMPORT, `${room} has no rule in this test`);
  });

  test("a room has one door: what lies in a package is reached by the package alone", () => {
    assertNone(
      all.filter(({ from, to }) => {
        const room = to.endsWith(".py") ? dirname(to) : "";
        return room !== "" && room !== "." && !`${dirname(from)}/`.startsWith(`${room}/`);
      }),
      "import the package, and export there what others need",
    );
  });

  for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
    test(`${room} imports ${allowed.length === 0 ? "no other room" : allowed.join(", ")}`, () => {
      assert.ok(
        all.some(({ from }) => roomOf(from) === room),
        `nothing found in ${room}`,
      );
      assertNone(
        all.filter(({ from, to }) => {
          const target = roomOf(to);
          return (
            roomOf(from) === room &&
            target !== undefined &&
            target !== room &&
            !allowed.includes(target)
          );
        }),
        `${room} stands on ${allowed.join(", ") || "the modules beside the rooms"} alone`,
      );
    });
  }
});
