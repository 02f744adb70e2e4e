import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "../setup/project.js";

// Some packages inside are CommonJS and call `require` for what Node brings.
const BANNER =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * Bundles the compiled command with the packages that it loads, so that nothing has to be installed
 * beside it.
 *
 * Everything lands in `dist/cli/`, two levels down: files that the code looks for from its own
 * place (`package.json`, the page's script) are found as in the npm package. LMDB stays outside: it
 * looks for its compiled binary from its own place.
 *
 * @param {string} work the directory with the compiled `dist`, somewhere in the project: its
 *   packages are those of the bundle
 * @param {string} directory where the bundle goes
 * @param {string} version
 * @returns {Promise<string[]>} the directories of the packages inside, relative to the project
 */
export async function bundleCommand(work, directory, version) {
  const { build } = await import("esbuild");
  // The names of its `imports` are found from the compiled files up, and by no `paths` of a
  // tsconfig.json: those lead to the sources.
  cpSync(join(root, "package.json"), join(work, "package.json"));
  const { metafile } = await build({
    // Comments in the bundle name its files from here, so it does not matter what this directory is
    // called.
    absWorkingDir: work,
    entryPoints: { main: "dist/cli/main.js" },
    outdir: join(directory, "dist/cli"),
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20.19",
    banner: { js: BANNER },
    tsconfigRaw: "{}",
    external: ["lmdb", "pg-native"],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  mkdirSync(join(directory, "dist/cli/browser"), { recursive: true });
  cpSync(
    join(work, "dist/gateway/page/browser/page.js"),
    join(directory, "dist/cli/browser/page.js"),
  );
  const manifest = { name: "persist-session", version, private: true, type: "module" };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return packagesOf(Object.keys(metafile.inputs).map((file) => join(work, file)));
}

/**
 * Copies lmdb and what it needs at run time, as a trace of its imports finds them. Compiled
 * binaries are not among them.
 *
 * @param {string} directory where `node_modules` goes
 * @returns {Promise<string[]>} the directories of the packages, relative to the project
 */
export async function copyLmdb(directory) {
  const { nodeFileTrace } = await import("@vercel/nft");
  const entry = join(root, "node_modules/lmdb/node-index.js");
  const { fileList } = await nodeFileTrace([entry], {
    base: root,
    conditions: ["node", "import"],
    // An optional accelerator of msgpackr, with a binary for each platform. Records are bytes here,
    // which it never sees.
    ignore: ["node_modules/msgpackr-extract/**", "node_modules/@lmdb/**", "**/*.node"],
  });
  const files = [...fileList].map((file) => file.replaceAll(sep, "/")).toSorted();
  for (const file of files) cpSync(join(root, file), join(directory, file));
  return packagesOf(files.map((file) => join(root, file)));
}

/**
 * @param {readonly string[]} files
 * @returns {string[]} the directories of the packages that they are in, relative to the project
 */
function packagesOf(files) {
  const directories = files.map((file) => {
    const path = relative(root, file).replaceAll(sep, "/");
    return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
  });
  return [...new Set(directories.filter((found) => found !== undefined))].toSorted();
}
