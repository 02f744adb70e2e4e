import { PersistError } from "../../../errors.ts";
import { checkAttributeName, isSealedFormat, setSealed } from "../../../identity/index.ts";
import { type Engine, recordWrite } from "../../../sessions/records/index.ts";
import type { RecordWrite } from "../../../store/index.ts";
import { malformed } from "../frames.ts";
import type { Life } from "../life.ts";
import type { Request } from "../request.ts";

/** The changes that a client wants to write. */
export interface Changes {
  readonly schema: number;
  /** Milliseconds. */
  readonly ttl: number | undefined;
  readonly set: ReadonlyMap<string, Uint8Array>;
  /** Values for names that were never stored. */
  readonly defaults: ReadonlyMap<string, Uint8Array>;
  readonly remove: readonly string[];
  readonly commit: string | undefined;
}

// The format bytes of docs/codec.md.
const FORMATS = new Set(Buffer.from("JBAP"));

/**
 * @throws PersistError `ERR_SERVICE_PROTOCOL`, `ERR_ATTRIBUTE_TOO_LARGE`, `ERR_VALUE_UNSUPPORTED`
 */
export function readChanges(engine: Engine, life: Life, request: Request): Changes {
  const set = request.names("set");
  const defaults = request.names("defaults");
  const remove = request.names("remove");
  const { blobs } = request;
  if (blobs.length !== set.length + defaults.length)
    throw malformed("one blob for each name of set and defaults");
  for (const name of [...set, ...defaults, ...remove]) checkAttributeName(life.state, name);
  for (const [at, bytes] of blobs.entries())
    check(engine, life, set[at] ?? defaults[at - set.length] ?? "", bytes);
  const schema = request.optionalCount("schema") ?? 0;
  return {
    schema,
    ttl: request.ttl(),
    set: new Map(set.map((name, at) => [name, blobs[at] as Uint8Array])),
    defaults: new Map(defaults.map((name, at) => [name, blobs[set.length + at] as Uint8Array])),
    remove,
    commit: request.commit(),
  };
}

/** Combines changes that were made one after the other. */
export function combine(parts: readonly Changes[]): Changes {
  const [first, ...others] = parts as readonly [Changes, ...Changes[]];
  if (others.length === 0) return first;
  const set = new Map<string, Uint8Array>();
  const defaults = new Map<string, Uint8Array>();
  const remove = new Set<string>();
  for (const part of parts) {
    for (const name of part.remove) {
      set.delete(name);
      remove.add(name);
    }
    for (const [name, bytes] of part.set) {
      remove.delete(name);
      set.set(name, bytes);
    }
    for (const [name, bytes] of part.defaults) if (!defaults.has(name)) defaults.set(name, bytes);
  }
  for (const name of [...set.keys(), ...remove]) defaults.delete(name);
  return { ...first, set, defaults, remove: [...remove], commit: undefined };
}

function check({ limits }: Engine, life: Life, name: string, bytes: Uint8Array): void {
  if (!FORMATS.has(bytes[0] ?? 0))
    throw malformed("a format byte (J, B, A or P) before each value");
  if (bytes.length <= limits.attribute) return;
  throw new PersistError(
    "ERR_ATTRIBUTE_TOO_LARGE",
    `${life.state}.${name} has ${bytes.length} bytes, and at most ${limits.attribute} are allowed. ` +
      "Nothing of this write was stored. Split the attribute, or raise the limit for an attribute's size.",
  );
}

/** Makes the store's write from the changes, with seals for their place. */
export function writeOf(
  { ring, ttl: longest }: Engine,
  life: Life,
  { schema, ttl, set, defaults, remove }: Changes,
  base: RecordWrite["base"],
): RecordWrite {
  const values = new Map<string, Uint8Array>();
  for (const [name, bytes] of new Map([...defaults, ...set])) {
    if (isSealedFormat(bytes)) setSealed(values, ring, [life.owner, life.state, name], bytes);
    else values.set(name, bytes);
  }
  const bounded = ttl === undefined ? undefined : Math.min(ttl, longest);
  return recordWrite(life, { schema, ttl: bounded, set: values, remove }, base);
}
