import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runIn, tool } from "../package/command.ts";
import { root } from "../project/imports.ts";

/**
 * What the compiler prints for a program that imports `persist-session`, with its statistics at the
 * end.
 */
export async function compile(program: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "persist-session-types-"));
  try {
    await writeFile(join(directory, "program.mts"), program);
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
      include: ["program.mts"],
      exclude: [],
    };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));
    const args = ["-p", "tsconfig.json", "--extendedDiagnostics", "--pretty", "false"];
    return await runIn(directory, tool("tsc"), ...args).catch(String);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** How many types the compiler made of generic ones: its work, whatever machine it runs on. */
export function instantiations(printed: string): number {
  return Number(/^Instantiations:\s+(\d+)$/m.exec(printed)?.[1]);
}
