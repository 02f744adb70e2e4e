import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { runIn, tool } from "../package/command.ts";
import { root } from "../project/imports.ts";
import { drivers } from "./drivers.ts";
import { userPages } from "./pages.ts";
import { programsIn, unmarkedIn, type Program } from "./programs.ts";
import { placeProgram, RunningProgram, workshop } from "./running-program.ts";

const pages = userPages();
const programs = pages.flatMap(({ path, text }) => programsIn(path, text));

test("every fence of the documents says whether it is run", () => {
  assert.deepEqual(
    pages.flatMap(({ path, text }) => unmarkedIn(path, text)),
    [],
    "put <!-- run: name --> or <!-- not run: reason --> before these fences",
  );
});

test("every driver has a program in the documents", () => {
  const names = new Set(programs.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(drivers).filter((name) => !names.has(name)),
    [],
  );
});

for (const program of programs) {
  test(`${program.page}:${program.line} ${program.name} runs`, async () => {
    const running = new RunningProgram(await placeProgram(program), program.language);
    const drive = drivers[program.name];
    try {
      if (drive === undefined) {
        assert.equal(await running.end(), 0, running.printed);
      } else {
        await drive(running);
      }
      if (program.output !== undefined) assert.equal(running.printed, program.output);
    } finally {
      await running.kill();
    }
  });
}

test("the TypeScript programs of the documents have no type error", async () => {
  const files = await Promise.all(
    programs.filter(({ language }) => language === "ts").map(placeForTypes),
  );
  const config = {
    extends: relative(workshop, join(root, "tsconfig.json")),
    compilerOptions: {
      // The strictest options are this project's habit, not its users'.
      noPropertyAccessFromIndexSignature: false,
      noUncheckedIndexedAccess: false,
      exactOptionalPropertyTypes: false,
    },
    include: [],
    exclude: [],
    files,
  };
  await mkdir(workshop, { recursive: true });
  await writeFile(join(workshop, "tsconfig.json"), JSON.stringify(config));
  if (files.length > 0) await runIn(workshop, tool("tsc"), "-p", "tsconfig.json");
});

async function placeForTypes(program: Program): Promise<string> {
  const directory = await placeProgram({ ...program, name: `${program.name} types` });
  return join(relative(workshop, directory), "program.ts");
}
