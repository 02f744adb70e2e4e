import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./project.js";

const require = createRequire(import.meta.url);
const directory = join(root, ".cache", "typescript");

/** @satisfies {import("esbuild").TransformOptions} */
const OPTIONS = {
  loader: "ts",
  format: "esm",
  // The oldest Node that is supported. Decorators are compiled away.
  target: "node20.19",
  sourcemap: "inline",
  sourcesContent: false,
  tsconfigRaw: {
    compilerOptions: {
      target: "es2022",
      useDefineForClassFields: true,
      verbatimModuleSyntax: true,
    },
  },
};

/** @type {string | undefined} */
let compiler;

/**
 * Where the compiled text of a file is kept: another text, place, compiler or option has another
 * name.
 *
 * @param {string} file
 * @param {string} text
 */
function keyOf(file, text) {
  compiler ??= JSON.stringify([require("esbuild/package.json").version, OPTIONS]);
  return createHash("sha256")
    .update(JSON.stringify([compiler, file, text]))
    .digest("hex");
}

/**
 * The JavaScript of a TypeScript file.
 *
 * @param {string} file an absolute path
 */
export function compiled(file) {
  const text = readFileSync(file, "utf8");
  const key = keyOf(file, text);
  try {
    return readFileSync(join(directory, key), "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(text, { ...OPTIONS, sourcefile: file });
    keep(key, code);
    return code;
  }
}

/**
 * Compiles what is not compiled yet, all at once, and forgets what belongs to no file any more:
 * before many processes start.
 *
 * @param {readonly string[]} directories
 */
export async function compileAll(directories) {
  const files = directories.flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
      .map((file) => join(root, name, file)),
  );
  mkdirSync(directory, { recursive: true });
  const kept = new Set(readdirSync(directory));
  const wanted = new Set();
  await Promise.all(
    files.map(async (file) => {
      const text = readFileSync(file, "utf8");
      const key = keyOf(file, text);
      wanted.add(key);
      if (kept.has(key)) return;
      // A file that does not compile says so where it is used.
      const result = await require("esbuild")
        .transform(text, { ...OPTIONS, sourcefile: file, logLevel: "silent" })
        .catch(() => undefined);
      if (result !== undefined) keep(key, result.code);
    }),
  );
  for (const key of kept) if (!wanted.has(key)) rmSync(join(directory, key), { force: true });
}

/**
 * Several processes may compile the same file at once.
 *
 * @param {string} key
 * @param {string} code
 */
function keep(key, code) {
  const draft = join(directory, `${key}.${process.pid}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, code);
    renameSync(draft, join(directory, key));
  } catch {
    // A program that may not write here works all the same, if more slowly.
    rmSync(draft, { force: true });
  }
}
