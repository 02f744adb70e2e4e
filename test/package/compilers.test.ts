import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../project/imports.ts";
import { runIn, tool } from "./command.ts";
import { installTarball, nodeTypes, packTarball, type Tarball } from "./tarball.ts";

const fixtures = join(root, "test/package/fixtures");

/** What the program prints, whatever compiled it. */
const visited = {
  name: "AppState",
  instance: true,
  keys: ["count", "todos", "seen", "tags", "note"],
  count: 2,
  todos: [
    { title: "buy milk", done: true },
    { title: "call home", done: false },
  ],
  seen: [["start", "2026-01-01T00:00:00.000Z"]],
  tags: ["new", "changed"],
  note: "kept",
  word: "private",
};
const expected = {
  plain: { ...visited, count: 0, todos: [], seen: [], tags: [], note: null },
  memory: visited,
  lmdb: visited,
};

let tarball: Tarball;
let installed: string;
let types: { types: string[]; typeRoots: string[] };

before(async () => {
  tarball = await packTarball();
  installed = await installTarball(tarball);
  types = await nodeTypes(installed);
});
after(() => tarball?.remove());

/** A directory of its own within the installation, with the program and a tsconfig.json. */
async function place(name: string, decorators: Decorators): Promise<string> {
  const directory = join(installed, name);
  await mkdir(directory);
  await cp(join(fixtures, "program.ts"), join(directory, "program.ts"));
  await cp(join(fixtures, "program.js"), join(directory, "plain.js"));
  const config = {
    compilerOptions: {
      target: "es2022",
      lib: ["es2023"],
      module: "nodenext",
      strict: true,
      outDir: "out",
      rootDir: ".",
      ...types,
      skipLibCheck: true,
      experimentalDecorators: decorators === "legacy",
    },
    files: ["program.ts"],
  };
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
  return directory;
}

type Decorators = "TC39" | "legacy";

/** Each gives the file to run in the directory, with Node's options before it. */
const compilers: Record<string, (directory: string) => Promise<string[]>> = {
  async tsc(directory) {
    await runIn(directory, tool("tsc"), "-p", "tsconfig.json");
    return ["out/program.js"];
  },
  async esbuild(directory) {
    const flags = ["--format=esm", "--target=es2022", "--outfile=out/program.js"];
    await runIn(directory, tool("esbuild"), "program.ts", ...flags);
    return ["out/program.js"];
  },
  async "esbuild, bundled and minified"(directory) {
    const flags = ["--bundle", "--minify", "--keep-names", "--packages=external"];
    const output = ["--platform=node", "--format=esm", "--target=es2022"];
    await runIn(
      directory,
      tool("esbuild"),
      "program.ts",
      ...flags,
      ...output,
      "--outfile=out/program.js",
    );
    return ["out/program.js"];
  },
  async tsx() {
    return ["--import", import.meta.resolve("tsx"), "program.ts"];
  },
};

for (const decorators of ["TC39", "legacy"] as const) {
  for (const [name, compile] of Object.entries(compilers)) {
    test(`persist() behaves alike when ${name} compiles ${decorators} decorators`, async () => {
      const directory = await place(`${name.replaceAll(/\W+/g, "-")}-${decorators}`, decorators);
      const output = await runIn(directory, process.execPath, ...(await compile(directory)));
      assert.deepEqual(JSON.parse(output), expected);
    });
  }
}

test("persist() behaves alike when plain JavaScript calls it as a function", async () => {
  const directory = await place("plain", "TC39");
  assert.deepEqual(JSON.parse(await runIn(directory, process.execPath, "plain.js")), expected);
});
