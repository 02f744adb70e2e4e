/**
 * Names as Redis gets them. Any string is allowed as a name, also one with half of a surrogate pair, which UTF-8 cannot
 * hold; and an owner must not hold braces, since what stands in braces decides on which node of a cluster a key lies.
 */
export function encodeName(name: string): string {
  // The empty name would make an empty hash tag, which Redis takes for none.
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

// With the flag `u` a pair of surrogates is one character, so that only a lone one is found.
const ESCAPED = /[%{}]|\p{Surrogate}/gu;

/** The keys of one owner. All have the owner as their hash tag, so that a cluster keeps them on one node. */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The hash with everything of the owner. Also the name of the channel for its changes. */
  owner(owner: string): string {
    return `${this.#prefix}{${encodeName(owner)}}`;
  }

  /** All that a script uses: the owner's hash and the two that take turns in remembering commits. */
  all(owner: string): [string, string, string] {
    const key = this.owner(owner);
    return [key, `${key}:0`, `${key}:1`];
  }

  /** What SCAN is to look for: the hashes of owners, and no others. */
  pattern(clientPrefix: string): string {
    return `${(clientPrefix + this.#prefix).replace(/[\\*?[\]]/g, String.raw`\$&`)}{*}`;
  }

  /** The owner of a key that the pattern found. */
  ownerOf(key: string): string {
    return decodeName(key.slice(this.#prefix.length + 1, -1));
  }
}
