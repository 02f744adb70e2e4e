import { scryptSync } from "node:crypto";
import { PersistError } from "../errors.ts";

/** A secret that was stretched, and an id of it that may be seen. */
export interface StretchedSecret {
  /** For the key ring. */
  readonly secret: string;
  /** 8 hexadecimal characters, the same wherever the same text was stretched. */
  readonly id: string;
}

// Four characters of a passphrase may hold as little as 8 bits, so 16 characters are the least that
// a costly derivation can guard.
const MIN_CHARACTERS = 16;
const MIN_DISTINCT = 8;

// docs/operations.md names all of these: every server has to derive the same, so none of them can
// change.
const SALT = "persist-session/streamlit-persist-secret-key/v1";
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** Of OWASP's choices the one that takes 32 MiB, and as much time as those with more. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/**
 * Makes a secret of a text that people may have thought up, by scrypt (RFC 7914): a guess costs as
 * much as this call, a quarter of a second.
 *
 * @param text - white space around it is not part of it
 * @param origin - where it comes from, for the message
 * @throws PersistError `ERR_SECRET_TOO_SHORT` if it is easy to guess all the same
 * @example stretchPassphrase("correct horse battery staple", "STREAMLIT_PERSIST_SECRET_KEY")
 */
export function stretchPassphrase(text: string, origin: string): StretchedSecret {
  const passphrase = text.trim();
  const characters = Array.from(passphrase);
  // A text rotated by the length of its repeating unit equals itself.
  const unit = (passphrase + passphrase).indexOf(passphrase, 1);
  const distinct = new Set(characters).size;
  if (characters.length < MIN_CHARACTERS || distinct < MIN_DISTINCT || unit < MIN_DISTINCT) {
    throw new PersistError(
      "ERR_SECRET_TOO_SHORT",
      `${origin} is easy to guess: at least ${MIN_CHARACTERS} characters are needed, of which ${MIN_DISTINCT} differ. ` +
        "Make one with: openssl rand -base64 32",
    );
  }
  const bytes = scryptSync(passphrase, SALT, KEY_BYTES + ID_BYTES, COST);
  return {
    secret: bytes.subarray(0, KEY_BYTES).toString("base64url"),
    id: bytes.subarray(KEY_BYTES).toString("hex"),
  };
}
