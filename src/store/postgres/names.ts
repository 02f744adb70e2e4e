import { createHash } from "node:crypto";

/**
 * A name as PostgreSQL stores it. Any string is allowed: even one that PostgreSQL's text cannot
 * hold (a zero, half of a surrogate pair) in any encoding of the database, and one that is too long
 * for an index.
 */
export interface StoredName {
  /** The key of its rows: short, plain ASCII. */
  readonly key: string;
  /** The whole name, if the key is only a hash of it. */
  readonly label: string | null;
}

/**
 * An index entry of PostgreSQL holds about 2,700 bytes, and a key of these tables has up to two
 * names.
 */
const MAX_KEY = 240;

export function storedName(name: string): StoredName {
  const encoded = encodeName(name);
  if (encoded.length <= MAX_KEY) return { key: encoded, label: null };
  return { key: `#${createHash("sha256").update(encoded).digest("hex")}`, label: encoded };
}

/** Whether a key is a hash, whose name must be looked up. */
export function isHashed(key: string): boolean {
  return key.startsWith("#");
}

export function decodeName(encoded: string): string {
  if (!encoded.includes("\\")) return encoded;
  return encoded.replace(/\\u([0-9a-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function encodeName(name: string): string {
  return name.replace(
    ESCAPED,
    (found) => String.raw`\u` + found.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/**
 * Everything but printable ASCII, the escaping backslash, and a leading "#", which marks a hash.
 */
const ESCAPED = /[^ -[\]-~]|^#/g;
