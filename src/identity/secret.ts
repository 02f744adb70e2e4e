import { statSync } from "node:fs";
import { join } from "node:path";
import { isPersistError, PersistError } from "../errors.ts";
import { KeyRing } from "./key-ring.ts";
import { makeSecretFile, readSecretFile } from "#secret-file";
import { makeStateDir } from "./state-dir.ts";

export interface SecretOptions {
  /** One secret or several, newest first. Takes precedence over all other sources. */
  readonly secret?: string | readonly string[] | undefined;
  /** The directory that holds a secret made by this package if none is given. */
  readonly stateDir: string;
  /** Whether several machines use the store. Then a secret made on one of them is not enough. */
  readonly shared: boolean;
  /** Default `process.env`. */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

export interface LoadedSecret {
  readonly ring: KeyRing;
  /**
   * 8 hexadecimal characters that were made with our own secret; undefined if the app gave a
   * secret.
   */
  readonly appId: string | undefined;
}

const VARIABLE = "PERSIST_SESSION_SECRET";

/**
 * Loads the secret: the option `secret`, else the environment variable `PERSIST_SESSION_SECRET`
 * (several, newest first, separated by commas), else the file `secret` in the state directory,
 * which the first start makes. All processes of one directory get the same secret. There is never a
 * secret that only this process knows.
 *
 * @throws `ERR_SECRET_REQUIRED` if machines share the store and no secret was given
 * @throws `ERR_SECRET_TOO_SHORT`, `ERR_OPTION_INVALID` as `KeyRing` does; a variable that is set
 * but empty counts as given
 * @throws `ERR_DIRECTORY_UNSAFE` if others could have put something into the directory
 * @throws `ERR_SECRET_FILE` if the file cannot be trusted, read or made
 */
export function loadSecret(options: SecretOptions): LoadedSecret {
  if (options.secret !== undefined)
    return { ring: new KeyRing(options.secret, "The secret"), appId: undefined };

  const given = (options.env ?? process.env)[VARIABLE];
  if (given !== undefined)
    return { ring: new KeyRing(given.split(","), VARIABLE), appId: undefined };

  if (options.shared) {
    throw new PersistError(
      "ERR_SECRET_REQUIRED",
      `A store shared over the network needs a secret that all its servers know. Make one with: openssl rand -base64 32, ` +
        `and give it to each of them as ${VARIABLE} or by the option \`secret\`.`,
    );
  }
  const path = join(options.stateDir, "secret");
  // Before anything in it is trusted.
  if (isDirectory(options.stateDir)) prepare(options.stateDir, path);
  const made = readSecretFile(path) ?? makeAndRead(options.stateDir, path);
  return { ring: new KeyRing(made.secret, path), appId: made.appId };
}

/**
 * Whether there is a readable directory. If not, the code that reads the file says what is wrong.
 */
function isDirectory(dir: string): boolean {
  try {
    return statSync(`${dir}/.`).isDirectory();
  } catch {
    return false;
  }
}

function prepare(dir: string, path: string): void {
  try {
    makeStateDir(dir);
  } catch (error) {
    throw isPersistError(error) ? error : notMade(path, error);
  }
}

function makeAndRead(dir: string, path: string) {
  prepare(dir, path);
  try {
    makeSecretFile(path);
  } catch (error) {
    throw notMade(path, error);
  }
  // Read back even by the process that made it: another process may have won the race for the name.
  const made = readSecretFile(path);
  if (made === undefined) throw notMade(path);
  return made;
}

function notMade(path: string, cause?: unknown): PersistError {
  return new PersistError(
    "ERR_SECRET_FILE",
    `The secret file ${path} could not be made. Its directory must be writable for this process's user, on a file system ` +
      `with hard links; or give a secret of your own, by the option \`secret\` or ${VARIABLE} (openssl rand -base64 32).`,
    { cause },
  );
}
