import { createSessions, Sessions, type SessionsOptions } from "../sessions/index.ts";
import { processWide } from "../process-wide.ts";

/**
 * The first sessions of each set of options, without their functions. Next makes a copy of a module
 * for pages and for routes. They must share store and records, or parallel changes would not merge.
 */
const made = processWide("next.2", () => new Map<string, Sessions>());

/**
 * Gives each caller sessions of its own, which share store and records with those of the same
 * options. Functions are never shared: two closures with the same text are different functions, and
 * a copied module has its own functions.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 */
export function sharedSessions(options: SessionsOptions | Sessions): Sessions {
  if (options instanceof Sessions) return options;
  // Two store objects are two stores.
  if (typeof options.store === "object") return createSessions(options);
  const key = dataOf(options);
  const known = made.get(key);
  if (known !== undefined) return new Sessions(options, known);
  const created = createSessions(options);
  made.set(key, created);
  return created;
}

/**
 * For a function it only counts whether it is given: without `identify`, logins are not followed.
 * Values of different types must not look the same.
 */
function dataOf(options: SessionsOptions): string {
  const around: object[] = [];
  const tagged = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) {
      return [typeof value, typeof value === "function" ? "" : String(value)];
    }
    // Valid options have no cycle. createSessions says what is wrong.
    if (around.includes(value)) return ["cycle"];
    around.push(value);
    const entries = Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, part]) => [name, tagged(part)]);
    around.pop();
    return [Array.isArray(value) ? "list" : "object", entries];
  };
  return JSON.stringify(tagged(options));
}
