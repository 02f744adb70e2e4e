import type { StandardSchema } from "./standard-schema.ts";

/** The most objects of a schema that are read. */
const MAX_PARTS = 10_000;

interface WithJsonSchema {
  readonly jsonSchema?: { input?(options: { target: string }): unknown };
}

/**
 * The keys that a schema declares for its objects. A message may name these: keys of a record are
 * content, and cannot be told from them by an issue's path. Standard Schema does not know them, so
 * they are found by their look: an object under `shape` (zod) or `entries` (valibot) with nothing
 * but schemas in it, or else as properties of the JSON Schema that the library makes (arktype).
 * What is not found is not named.
 */
export function declaredKeys(schema: StandardSchema): ReadonlySet<string> {
  const keys = new Set<string>();
  walk(schema, (part) => {
    for (const shape of [part["shape"], part["entries"]])
      if (isShape(shape)) for (const key of Object.keys(shape)) keys.add(key);
  });
  if (keys.size > 0) return keys;
  walk(jsonSchemaOf(schema), ({ properties }) => {
    if (isObject(properties)) for (const key of Object.keys(properties)) keys.add(key);
  });
  return keys;
}

function jsonSchemaOf(schema: StandardSchema): unknown {
  try {
    const { jsonSchema } = schema["~standard"] as WithJsonSchema;
    return jsonSchema?.input?.({ target: "draft-2020-12" });
  } catch {
    // JSON Schema cannot say everything that this schema says.
    return undefined;
  }
}

/**
 * Visits all objects that a schema consists of. Runs none of its functions: a default may have an
 * effect.
 */
function walk(root: unknown, visit: (part: Record<string, unknown>) => void): void {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0 && seen.size < MAX_PARTS) {
    const part = waiting.pop();
    if (!isObject(part) || seen.has(part)) continue;
    seen.add(part);
    try {
      visit(part);
      for (const name of Object.getOwnPropertyNames(part)) waiting.push(valueOf(part, name));
    } catch {
      // A getter of the schema has thrown: what it describes is not named.
    }
  }
}

function valueOf(part: Record<string, unknown>, name: string): unknown {
  // zod makes the shape at its first use.
  if (name === "shape") return part[name];
  return Object.getOwnPropertyDescriptor(part, name)?.value;
}

function isShape(value: unknown): value is Record<string, unknown> {
  return (
    isObject(value) &&
    !Array.isArray(value) &&
    Object.values(value).every(
      (part) => (isObject(part) || typeof part === "function") && "~standard" in part,
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
