import { readFileSync } from "node:fs";
import { stopCoverage } from "node:v8";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { root } from "./project.js";
import { compiled } from "./typescript-cache.js";

/** Called if the hooks have a thread of their own, which is no part of what is measured. */
export function initialize() {
  if (process.env["NODE_V8_COVERAGE"] !== undefined) stopCoverage();
}

/** @type {{ compilerOptions: { paths: Record<string, [string]> } }} */
const tsconfig = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
/** Where the project's own entries are, by the names under which it imports itself. */
const own = new Map(
  Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => [
    name,
    pathToFileURL(join(root, path)).href,
  ]),
);

/**
 * @param {string} specifier
 * @param {object} context
 * @param {(specifier: string, context: object) => object} next
 */
export function resolve(specifier, context, next) {
  const url = own.get(specifier);
  return url === undefined
    ? next(specifier, context)
    : { url, format: "module", shortCircuit: true };
}

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context: object) => object} next
 */
export function load(url, context, next) {
  if (!url.endsWith(".ts") || !url.startsWith("file:")) return next(url, context);
  return { format: "module", source: compiled(fileURLToPath(url)), shortCircuit: true };
}
