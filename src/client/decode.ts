/**
 * Reads a value as docs/codec.md says, as far as a page can hold it, and freezes it. Values that
 * only another language can read stay as they are written.
 */
export function decode(json: unknown): unknown {
  const shared: Shared = { made: new Map(), written: new Map() };
  // A reference may come before its definition: objects list their whole-number keys first,
  // wherever they were written.
  collect(json, shared.written);
  return revive(json, shared);
}

/** The objects that are referred to: as they were made, and as they are written. */
interface Shared {
  readonly made: Map<number, unknown>;
  readonly written: Map<number, unknown>;
}

function collect(json: unknown, written: Map<number, unknown>): void {
  if (typeof json !== "object" || json === null) return;
  if ("$def" in json) written.set(...(json.$def as [number, unknown]));
  for (const item of Object.values(json)) collect(item, written);
}
type Pairs = [unknown, unknown][];

/** Tags whose payload is the constructor's only argument, but for base64. */
const ARRAYS: Record<string, (new (buffer: ArrayBuffer) => unknown) | undefined> = {
  $bytes: Uint8Array,
};
for (const type of [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
])
  ARRAYS[`$${type.name.toLowerCase()}`] = type;

function revive(json: unknown, shared: Shared, share = (_value: object): void => {}): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) {
    const list: unknown[] = [];
    share(list);
    for (const item of json) list.push(revive(item, shared));
    return Object.freeze(list);
  }
  const keys = Object.keys(json);
  const tag = keys[0];
  if (keys.length === 1 && tag !== undefined && /^\$[^$]/.test(tag)) {
    return reviveTag(tag, (json as Record<string, unknown>)[tag], json, shared, share);
  }
  const value = {};
  share(value);
  for (const [key, item] of Object.entries(json)) {
    // Not an assignment: the key may be `__proto__`.
    Object.defineProperty(value, key.replace(/^\$\$/, "$"), {
      value: revive(item, shared),
      enumerable: true,
    });
  }
  return Object.freeze(value);
}

function reviveTag(
  tag: string,
  payload: unknown,
  json: object,
  shared: Shared,
  share: (value: object) => void,
): unknown {
  const asShared = <T extends object>(value: T): T => {
    share(value);
    return value;
  };
  const array = ARRAYS[tag];
  if (array !== undefined) return asShared(new array(buffer(payload as string)) as object);
  switch (tag) {
    case "$def":
    case "$ref": {
      const id = tag === "$ref" ? (payload as number) : (payload as [number])[0];
      if (!shared.made.has(id)) {
        revive(shared.written.get(id), shared, (value) => shared.made.set(id, value));
      }
      return asShared(shared.made.get(id) as object);
    }
    case "$undefined":
      return undefined;
    case "$number":
      return Number(payload);
    case "$bigint":
      return BigInt(payload as string);
    case "$date":
      return asShared(new Date((payload as string | null) ?? NaN));
    case "$map": {
      const map = asShared(new Map());
      for (const [key, item] of payload as Pairs)
        map.set(revive(key, shared), revive(item, shared));
      return map;
    }
    case "$set": {
      const set = asShared(new Set());
      for (const item of payload as unknown[]) set.add(revive(item, shared));
      return set;
    }
    case "$url":
      return asShared(new URL(payload as string));
    case "$searchparams":
      return asShared(new URLSearchParams(payload as [string, string][]));
    case "$headers":
      return asShared(headers(payload as [string, string][]));
    case "$regexp": {
      const [source, flags, at] = payload as [string, string, number];
      return asShared(Object.assign(new RegExp(source, flags), { lastIndex: at }));
    }
    case "$arraybuffer":
      return asShared(buffer(payload as string));
    case "$bare":
      return revive(payload, shared, share);
    case "$class":
    case "$custom":
      // What the server's write() gave: the class itself is the server's.
      return revive((payload as [string, unknown])[1], shared, share);
    default:
      return asShared(json);
  }
}

// Several values of a name are listed as one. Empty ones at its end would be trimmed off.
function headers(pairs: readonly [string, string][]): Headers {
  const made = new Headers();
  for (const [name, value] of pairs) {
    const between = name === "cookie" ? "; " : ", ";
    let first = value;
    let empty = 0;
    for (; first.endsWith(between); empty++) first = first.slice(0, -2);
    made.append(name, first);
    for (; empty > 0; empty--) made.append(name, "");
  }
  return made;
}

function buffer(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
}
