import { PersistError } from "../errors.ts";

/** Values of the store are sealed with a secret that is not among those given. */
export function sealedOtherwise(): PersistError {
  return new PersistError(
    "ERR_STORE_SEALED",
    "The store holds values that were sealed with another secret than those given here. Nothing was changed. " +
      "Give that secret too, after the newest one (several in PERSIST_SESSION_SECRET are separated by commas). " +
      "If another app put the values there, give each app a store, prefix or schema of its own. If the secret is lost, so are the values: " +
      "begin anew with an empty store (persist-session clear --all).",
  );
}

/** Values of the store are sealed, and no secret is given. */
export function secretMissing(): PersistError {
  return new PersistError(
    "ERR_SECRET_REQUIRED",
    "The values of this store are sealed and can be read only with the app's secret. Nothing was changed. " +
      "Give it by --secret-file FILE or PERSIST_SESSION_SECRET.",
  );
}
