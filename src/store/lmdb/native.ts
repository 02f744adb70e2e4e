import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as Lmdb from "lmdb";
import { PersistError } from "../../errors.ts";

/**
 * Where LMDB's compiled binaries are. The names are written out for the tracers of Nuxt, Next and
 * Vercel (nft), which copy only what they can see in the code: lmdb builds the name at run time, so
 * they would copy only its JavaScript. lmdb finds the package by the first name of each.
 */
const BINARIES: Readonly<Record<string, () => string[]>> = {
  "darwin-arm64": () => [
    import.meta.resolve("@lmdb/lmdb-darwin-arm64"),
    import.meta.resolve("@lmdb/lmdb-darwin-arm64/node.napi.node"),
  ],
  "darwin-x64": () => [
    import.meta.resolve("@lmdb/lmdb-darwin-x64"),
    import.meta.resolve("@lmdb/lmdb-darwin-x64/node.napi.node"),
  ],
  "linux-arm": () => [
    import.meta.resolve("@lmdb/lmdb-linux-arm"),
    import.meta.resolve("@lmdb/lmdb-linux-arm/node.napi.glibc.node"),
  ],
  "linux-arm64": () => [
    import.meta.resolve("@lmdb/lmdb-linux-arm64"),
    import.meta.resolve("@lmdb/lmdb-linux-arm64/node.napi.glibc.node"),
    import.meta.resolve("@lmdb/lmdb-linux-arm64/node.napi.musl.node"),
  ],
  "linux-x64": () => [
    import.meta.resolve("@lmdb/lmdb-linux-x64"),
    import.meta.resolve("@lmdb/lmdb-linux-x64/node.napi.glibc.node"),
    import.meta.resolve("@lmdb/lmdb-linux-x64/node.napi.musl.node"),
  ],
  "win32-arm64": () => [
    import.meta.resolve("@lmdb/lmdb-win32-arm64"),
    import.meta.resolve("@lmdb/lmdb-win32-arm64/node.napi.node"),
  ],
  "win32-x64": () => [
    import.meta.resolve("@lmdb/lmdb-win32-x64"),
    import.meta.resolve("@lmdb/lmdb-win32-x64/node.napi.node"),
  ],
};

/**
 * Loads the package lmdb, with its compiled binary.
 * @throws PersistError `ERR_STORE_BINARY` if the binary for this platform is not there, or lmdb
 * itself is not
 */
export async function loadLmdb(): Promise<typeof Lmdb> {
  try {
    return await import("lmdb");
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const what = isThere(platform)
      ? `LMDB's binary for ${platform} could not be loaded; the cause says why.`
      : `LMDB's binary for ${platform} is not installed: the package @lmdb/lmdb-${platform}, which comes with "lmdb" as an optional dependency.`;
    throw new PersistError(
      "ERR_STORE_BINARY",
      `${what} Install without --omit=optional, on the platform that the app runs on. If the app is bundled or its build is copied elsewhere, ` +
        `keep "lmdb" out of the bundle and take node_modules/lmdb and node_modules/@lmdb along ` +
        "(Next: outputFileTracingIncludes; Nuxt: nitro.externals.traceInclude), or use a store on a server.",
      { cause },
    );
  }
}

function isThere(platform: string): boolean {
  try {
    return BINARIES[platform]?.().some((url) => existsSync(fileURLToPath(url))) ?? false;
  } catch {
    return false;
  }
}
