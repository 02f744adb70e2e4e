import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { inspect } from "node:util";
import { PersistError } from "../errors.ts";

// 32 characters of `openssl rand -hex 16` hold 128 random bits; fewer characters cannot hold enough
// of them.
const MIN_CHARACTERS = 32;
// Random hexadecimal text of 32 characters has 14 different ones on average, and practically never
// fewer than 8.
const MIN_DISTINCT = 8;
const MIN_UNIT = 16;

const SALT = "persist-session/v1";
const MAC_BYTES = 32;

/** Which key made a MAC: `current` is true for the first (newest) secret of the ring. */
export interface Verified {
  readonly current: boolean;
}

/**
 * The secrets, newest first: the first signs, all verify. No secret is itself a key. HKDF-SHA256
 * (RFC 5869) derives keys for each purpose, so a signature made for one purpose never passes for
 * another.
 */
export class KeyRing {
  readonly #secrets: readonly KeyObject[];
  readonly #derived = new Map<string, readonly KeyObject[]>();

  /**
   * @param secrets - one secret or several, newest first. White space around a secret is not part
   *   of it (a secret read from a file often ends in a newline); equal ones count once.
   * @param origin - the source of the secrets, for messages
   * @throws `ERR_SECRET_TOO_SHORT` for a secret of fewer than 32 characters or one that plainly is
   *   not random, `ERR_OPTION_INVALID` if there is none or one is not a string
   */
  constructor(secrets: string | readonly string[], origin = "secret") {
    const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
    const checked = list.map((secret, index) =>
      checkSecret(
        secret,
        list.length === 1 ? origin : `${origin} (number ${index + 1} of ${list.length})`,
      ),
    );
    if (checked.length === 0) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `${origin} is an empty list. Give one secret or more, newest first.`,
      );
    }
    this.#secrets = [...new Set(checked)].map((secret) => createSecretKey(secret, "utf8"));
  }

  /**
   * Derives the keys for a purpose, newest first, of 32 bytes each. A purpose is a constant of the
   * code, never input.
   */
  derive(purpose: string): readonly KeyObject[] {
    let keys = this.#derived.get(purpose);
    if (keys === undefined) {
      keys = this.#secrets.map((secret) =>
        createSecretKey(new Uint8Array(hkdfSync("sha256", secret, SALT, purpose, MAC_BYTES))),
      );
      this.#derived.set(purpose, keys);
    }
    return keys;
  }

  /** Computes HMAC-SHA256 over `data` with the newest key of the purpose: 32 bytes. */
  sign(purpose: string, data: string | Uint8Array): Buffer {
    // The constructor made sure that there is at least one key.
    return hmac(this.derive(purpose)[0] as KeyObject, data);
  }

  /**
   * Verifies `mac` over `data` with every key of the purpose, and says whether the newest made it.
   */
  verify(purpose: string, data: string | Uint8Array, mac: Uint8Array): Verified | undefined {
    if (mac.byteLength !== MAC_BYTES) return undefined;
    let found: Verified | undefined;
    // Always tries all keys: the time taken must not tell which one matched.
    for (const [index, key] of this.derive(purpose).entries()) {
      if (timingSafeEqual(hmac(key, data), mac)) found ??= { current: index === 0 };
    }
    return found;
  }

  toJSON(): { secrets: number } {
    return { secrets: this.#secrets.length };
  }

  [inspect.custom](): string {
    return `KeyRing { secrets: ${this.#secrets.length} }`;
  }
}

function hmac(key: KeyObject, data: string | Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function checkSecret(secret: unknown, origin: string): string {
  if (typeof secret !== "string") {
    throw new PersistError("ERR_OPTION_INVALID", `${origin} must be a string. ${REMEDY}`);
  }
  const text = secret.trim();
  if (text.length < MIN_CHARACTERS) {
    throw new PersistError(
      "ERR_SECRET_TOO_SHORT",
      `${origin} has ${text.length} characters; at least ${MIN_CHARACTERS} are needed. ${REMEDY}`,
    );
  }
  // A text rotated by the length of its repeating unit equals itself.
  const unit = (text + text).indexOf(text, 1);
  if (new Set(text).size < MIN_DISTINCT || unit < MIN_UNIT) {
    throw new PersistError(
      "ERR_SECRET_TOO_SHORT",
      `${origin} is long enough, but repeats a few characters and so is easy to guess. ${REMEDY}`,
    );
  }
  return text;
}

const REMEDY = "Make one with: openssl rand -base64 32";
