import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Express from "../src/adapter/express.ts";
import type * as Index from "../src/index.ts";
import type * as Lmdb from "../src/store/lmdb.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// Another build can be given, to compare two with each other.
const built = process.env["BENCH_DIST"] ?? join(root, ".cache/bench/dist");

/**
 * Compiles the library as it is published: what is measured is what its users get, and not the
 * sources through tsx.
 */
export function buildLibrary(): void {
  rmSync(built, { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", built];
  const result = spawnSync(process.execPath, args, { encoding: "utf8" });
  // Type errors do not keep the compiler from writing; they are for `npm run check` to report.
  if (!existsSync(join(built, "index.js")))
    throw new Error(`The library does not compile:\n${result.stdout}`);
}

export type Library = typeof Index;
export type ExpressAdapter = typeof Express;
export type LmdbStore = typeof Lmdb;

/** @param entry a compiled file of the library, such as "store/lmdb.js" */
export async function importLibrary<T>(entry: string): Promise<T> {
  return (await import(pathToFileURL(join(built, entry)).href)) as T;
}
