import { createHash } from "node:crypto";

/**
 * Names as PostgreSQL gets them. Any string is allowed as a name, also one that text in PostgreSQL cannot hold (a zero, half of
 * a surrogate pair), whatever encoding the database has, and one that is too long for an index.
 */
export interface StoredName {
  /** What rows are found by: short, plain ASCII. */
  readonly key: string;
  /** The whole name, where the key is only a hash of it. */
  readonly label: string | null;
}

/** An index entry of PostgreSQL has room for about 2,700 bytes, and the keys of tables here have up to two names. */
const LONGEST_KEY = 240;

export function storedName(name: string): StoredName {
  const encoded = encodeName(name);
  if (encoded.length <= LONGEST_KEY) return { key: encoded, label: null };
  return { key: `#${createHash("sha256").update(encoded).digest("hex")}`, label: encoded };
}

/** A key that is a hash: the name it stands for is to be looked up. */
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

/** All but printable ASCII; the backslash, which escapes; and a "#" in front, which stands for a hash. */
const ESCAPED = /[^ -[\]-~]|^#/g;
