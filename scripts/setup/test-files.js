import { readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { root } from "./project.js";

/**
 * The test files (`test/**` + `/*.test.ts`), or those of them that are, or lie in, one of the
 * wanted paths. Node 20 takes no patterns for `--test`, so they are listed here.
 *
 * @param {readonly string[]} wanted paths from the project's root
 * @returns {string[]} paths from the project's root, sorted
 */
export function findTests(wanted) {
  const places = wanted.map((path) => resolve(root, path));
  return readdirSync(join(root, "test"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        places.length === 0 ||
        places.some((place) => file === place || file.startsWith(place + sep)),
    )
    .map((file) => relative(root, file))
    .toSorted();
}
