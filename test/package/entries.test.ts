import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../project/imports.ts";
import { runIn, tool } from "./command.ts";
import { installTarball, nodeTypes, packTarball, type Tarball } from "./tarball.ts";

let tarball: Tarball;
let directory: string;
let entries: string[];
let types: { types: string[]; typeRoots: string[] };

before(async () => {
  tarball = await packTarball();
  directory = await installTarball(tarball);
  types = await nodeTypes(directory);
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  entries = Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => `persist-session${entry.slice(1)}`);
});
after(() => tarball?.remove());

/** Entries that call a framework's own functions, and so are for its apps alone. */
const FOR_ITS_APPS = ["persist-session/nest", "persist-session/react"];

test("every entry can be imported by name if no framework is installed", async () => {
  const alone = entries.filter((entry) => !FOR_ITS_APPS.includes(entry));
  const program = `
    const found = {};
    for (const entry of ${JSON.stringify(alone)}) {
      found[entry] = Object.keys(await import(entry)).length > 0;
    }
    console.log(JSON.stringify(found));
  `;
  await writeFile(join(directory, "entries.js"), program);
  const output = await runIn(directory, process.execPath, "entries.js");
  assert.deepEqual(JSON.parse(output), Object.fromEntries(alone.map((entry) => [entry, true])));
});

const resolutions = [
  { moduleResolution: "nodenext", module: "nodenext" },
  { moduleResolution: "bundler", module: "esnext" },
];

for (const resolution of resolutions) {
  test(`every entry's types hold by themselves under ${resolution.moduleResolution}`, async () => {
    const program = entries.map((entry, index) => `export * as e${index} from "${entry}";`);
    await writeFile(join(directory, "entries.ts"), program.join("\n"));
    const config = {
      compilerOptions: {
        ...resolution,
        target: "es2022",
        lib: ["es2023"],
        strict: true,
        // Not skipped, so that a type that leads nowhere is found.
        skipLibCheck: false,
        noEmit: true,
        ...types,
      },
      files: ["entries.ts"],
    };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
    await runIn(directory, tool("tsc"), "-p", "tsconfig.json");
  });
}
