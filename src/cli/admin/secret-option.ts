import { join } from "node:path";
import { KeyRing, readSecretFile } from "../../identity/index.ts";
import { SealedStore } from "../../sealing/index.ts";
import { parseStoreUrl, type Store } from "../../store/index.ts";
import type { OptionTable, OptionValues } from "../command.ts";
import { passphraseOf, readSecrets, stretched } from "../session-options.ts";

/** The option of commands that read values. */
export const secretOption = {
  "secret-file": {
    type: "string",
    value: "FILE",
    help: "file with the app's secret, by which sealed values are read; several, newest first, on lines of their own",
    preset: "PERSIST_SESSION_SECRET, else the one that was made in the embedded store's directory",
  },
} as const satisfies OptionTable;

/**
 * The secrets of a store's app, newest first; undefined if none is known. Never makes one: a secret of now opens nothing of the past.
 *
 * @param url - of the store, beside which a made secret lies
 * @throws PersistError `ERR_SECRET_FILE`
 */
export function secretsOf(
  values: OptionValues<typeof secretOption>,
  url: string,
): readonly string[] | undefined {
  const file = values["secret-file"];
  if (file !== undefined) return readSecrets(file).secret;
  const given = process.env["PERSIST_SESSION_SECRET"];
  if (given !== undefined) return given.split(",");
  const passphrase = passphraseOf(process.env);
  if (passphrase !== undefined) return stretched(passphrase).secret;
  const { directory } = parseStoreUrl(url);
  const made = directory === undefined ? undefined : readSecretFile(join(directory, "secret"));
  return made === undefined ? undefined : [made.secret];
}

/** The store as it is read with these secrets. What is written is sealed with the first of them, unless `seals` is false. */
export function withSecrets(
  store: Store,
  secrets: readonly string[] | undefined,
  seals = true,
): SealedStore {
  const ring = secrets === undefined ? undefined : new KeyRing(secrets, "The secret");
  return new SealedStore(store, { ring, seals });
}
