import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

const IMPORT =
  /\b(?:import|export)\b[^;"'`()]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;

/** What a module's text imports, re-exports or names in `import()` (types too), as written. */
export function importsIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
}

/**
 * The names that a module's text imports from a module of its project, each as `name` or
 * `type Name`.
 */
export function importedFrom(text: string, module: RegExp): string[] {
  const statements = text.matchAll(/\bimport\s+(type\s+)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/g);
  return [...statements]
    .filter(([, , , from]) => module.test(from ?? ""))
    .flatMap(([, type = "", names = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
        .map((name) => (type === "" ? name : `type ${name}`)),
    );
}

/**
 * One import statement. Paths of the project are relative to the base directory, everything else is
 * as written.
 */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of the files with the given ending below `base`. */
export function importsBelow(base: string, ending: string): Import[] {
  return filesBelow(base, ending).flatMap((from) =>
    importsIn(readFileSync(join(base, from), "utf8")).map((to) => ({
      from,
      to: to.startsWith(".") ? join(dirname(from), to) : to,
    })),
  );
}

/** The files with the given ending below `base`, relative to it, sorted. */
export function filesBelow(base: string, ending = ""): string[] {
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(base, join(entry.parentPath, entry.name)))
    .toSorted();
}

/**
 * The package that an import names, or nothing for paths, the names of package.json's `imports` and
 * Node's own modules: `@a/b/c` gives `@a/b`.
 */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|#|node:)/.test(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}
