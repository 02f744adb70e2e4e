/**
 * Whether parsed JSON is nested deeper than `most` brackets. JSON.parse itself has no limit and
 * does not recurse. The walk here goes no deeper than the limit, and looks at containers only, so
 * its cost is a small part of the parse.
 */
export function isDeeper(json: unknown, most: number): boolean {
  if (typeof json !== "object" || json === null) return false;
  if (most <= 0) return true;
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) {
      const item: unknown = json[i];
      if (typeof item === "object" && item !== null && isDeeper(item, most - 1)) return true;
    }
    return false;
  }
  for (const key in json) {
    const item = (json as Record<string, unknown>)[key];
    if (typeof item === "object" && item !== null && isDeeper(item, most - 1)) return true;
  }
  return false;
}
