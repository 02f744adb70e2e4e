/**
 * Encodes a name for Redis. Any string is allowed, even one with half of a surrogate pair, which
 * UTF-8 cannot hold. Braces are escaped: the text in braces decides which node of a cluster holds a
 * key.
 */
export function encodeName(name: string): string {
  // An empty name would make an empty hash tag, which Redis ignores.
  if (name === "") return "%";
  return name.replace(ESCAPED, (found) => {
    const code = found.charCodeAt(0).toString(16);
    return code.length > 2 ? `%u${code}` : `%${code}`;
  });
}

export function decodeName(encoded: string): string {
  if (encoded === "%") return "";
  if (!encoded.includes("%")) return encoded;
  return encoded.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, half?: string, plain?: string) =>
    String.fromCharCode(Number.parseInt(half ?? plain ?? "", 16)),
  );
}

// With the flag `u` a surrogate pair is one character, so this finds only lone ones.
const ESCAPED = /[%{}]|\p{Surrogate}/gu;

/**
 * The keys of one owner. All have the owner as their hash tag, so a cluster keeps them on one node.
 */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The hash that holds everything of the owner. Also the name of the channel for its changes. */
  owner(owner: string): string {
    return `${this.#prefix}{${encodeName(owner)}}`;
  }

  /**
   * All keys that a script uses: the owner's hash, and the two that take turns in remembering
   * commits.
   */
  all(owner: string): [string, string, string] {
    const key = this.owner(owner);
    return [key, `${key}:0`, `${key}:1`];
  }

  /** The pattern for SCAN, which finds the hashes of owners and no other keys. */
  pattern(clientPrefix: string): string {
    return `${(clientPrefix + this.#prefix).replace(/[\\*?[\]]/g, String.raw`\$&`)}{*}`;
  }

  /** The owner whose key the pattern has found. */
  ownerOf(key: string): string {
    return decodeName(key.slice(this.#prefix.length + 1, -1));
  }
}
