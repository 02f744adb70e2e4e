import { PersistError } from "../errors.ts";
import type { MadeSecret } from "./secret-file.ts";

// Stands for the secret file in runtimes that keep no files. Bundlers take it by the conditions
// `workerd`, `worker` and `edge-light` of package.json.

/** @throws PersistError `ERR_SECRET_REQUIRED` */
export function readSecretFile(_path: string, _userId?: number): MadeSecret | undefined {
  throw noFiles();
}

/** @throws PersistError `ERR_SECRET_REQUIRED` */
export function makeSecretFile(_path: string): void {
  throw noFiles();
}

function noFiles(): PersistError {
  return new PersistError(
    "ERR_SECRET_REQUIRED",
    "This runtime keeps no files, so no secret can be made here. Make one with: openssl rand -base64 32, and give it by the option `secret` " +
      "(Workers: wrangler secret put PERSIST_SESSION_SECRET, and secret: env.PERSIST_SESSION_SECRET). Give a store, too: LMDB is a file.",
  );
}
