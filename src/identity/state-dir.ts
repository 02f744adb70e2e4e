import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateDirectory } from "../private-directory.ts";

/**
 * Makes the state directory if it is missing: for its owner only, and with a `.gitignore` so that
 * neither a secret nor a visitor's data is ever committed. A directory that already holds something
 * gets no `.gitignore`: it might be the project's own.
 *
 * @throws PersistError `ERR_DIRECTORY_UNSAFE` if others could have put something into it; else what
 * the file system throws
 */
export function makeStateDir(dir: string): void {
  makePrivateDirectory(dir, { what: "The state directory" });
  if (readdirSync(dir).length > 0) return;
  try {
    writeFileSync(join(dir, ".gitignore"), "*\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    // Another process, starting at the same moment, was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
