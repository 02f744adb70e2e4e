import type { Attributes } from "../registry.ts";

/** Where in the attributes something is, from the attribute's name on. */
export type Path = readonly unknown[];

/** Most places that a message names. */
export const MAX_PLACES = 5;
const MAX_KEY = 40;

/**
 * The paths as a message may name them: ".items[0].qty". Attributes and positions in arrays are
 * named. Any deeper key is content, like the addresses in `byMail`, unless the schema itself
 * declares it: ".byMail.*".
 */
export function placesOf(
  attributes: unknown,
  paths: readonly Path[],
  declared: () => ReadonlySet<string>,
): string[] {
  const places = [...new Set(paths.map((path) => placeOf(attributes, path, declared)))];
  return places.length <= MAX_PLACES ? places : [...places.slice(0, MAX_PLACES), " …"];
}

function placeOf(attributes: unknown, path: Path, declared: () => ReadonlySet<string>): string {
  let place = "";
  let within: unknown = attributes;
  for (const [depth, key] of path.entries()) {
    if (depth > 0 && isIndex(within, key)) place += `[${key}]`;
    else if (depth === 0 || (typeof key === "string" && declared().has(key))) place += named(key);
    else place += ".*";
    within = partOf(within, key);
  }
  return place;
}

/** Keys of a Map may be numbers, too. */
function isIndex(within: unknown, key: unknown): key is number | string {
  return Array.isArray(within) && /^\d+$/.test(String(key));
}

function partOf(within: unknown, key: unknown): unknown {
  if (within instanceof Map) return within.get(key);
  if (typeof within !== "object" || within === null) return undefined;
  const isOwn = typeof key !== "object" && Object.hasOwn(within, key as PropertyKey);
  return isOwn ? (within as Attributes)[key as string] : undefined;
}

function named(key: unknown): string {
  const name = String(key);
  if (name.length > MAX_KEY) return `[${JSON.stringify(name.slice(0, MAX_KEY))}…]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
    ? `.${name}`
    : `[${JSON.stringify(name)}]`;
}
