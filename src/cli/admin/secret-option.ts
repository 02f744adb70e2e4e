import { join } from "node:path";
import { KeyRing, readSecretFile } from "../../identity/index.ts";
import { SealedStore } from "../../sealing/index.ts";
import { parseStoreUrl, type Store } from "../../store/index.ts";
import type { CommandSettings, OptionTable, OptionValues } from "../command.ts";
import { storeSettings } from "./open-store.ts";
import { passphraseOf, readSecrets, stretched } from "../session-options.ts";

/** The option of commands that read values. */
export const secretOption = {
  "secret-file": {
    type: "string",
    value: "FILE",
    help: "file with the app's secret, which opens sealed values; several, newest first, one a line",
    preset: "PERSIST_SESSION_SECRET, else the one that was made in the embedded store's directory",
  },
} as const satisfies OptionTable;

/**
 * What can be given about a store and its secret as for `run`, by variables and in pyproject.toml.
 */
export const sealedSettings: CommandSettings = {
  options: { ...storeSettings.options, ...secretOption },
};

/**
 * The secrets of a store's app, newest first; undefined if none is known. Never makes one: a new
 * secret would not open existing values.
 *
 * @param url - of the store, beside which a made secret lies
 * @throws PersistError `ERR_SECRET_FILE`
 */
export function secretsOf(
  values: OptionValues<typeof secretOption> & { readonly "state-dir"?: string },
  url: string,
): readonly string[] | undefined {
  const file = values["secret-file"];
  if (file !== undefined) return readSecrets(file).secret;
  const given = process.env["PERSIST_SESSION_SECRET"];
  if (given !== undefined) return given.split(",");
  const passphrase = passphraseOf(process.env);
  if (passphrase !== undefined) return stretched(passphrase).secret;
  const { directory } = parseStoreUrl(url);
  // With a store over a network, the app must have been given one.
  const made =
    directory === undefined
      ? undefined
      : readSecretFile(join(values["state-dir"] ?? directory, "secret"));
  return made === undefined ? undefined : [made.secret];
}

/**
 * The store as it is read with these secrets. Writes are sealed with the first of them, unless
 * `seals` is false.
 */
export function withSecrets(
  store: Store,
  secrets: readonly string[] | undefined,
  seals = true,
): SealedStore {
  const ring = secrets === undefined ? undefined : new KeyRing(secrets, "The secret");
  return new SealedStore(store, { ring, seals });
}
