import { statfsSync } from "node:fs";
import { constants } from "node:os";
import { isPersistError, PersistError } from "../../errors.ts";

/** The error numbers of lmdb.h that mean "this file is damaged". */
const DAMAGED = new Map([
  [30797, "a page that should be there is missing"],
  [30796, "a page is of the wrong type"],
  [30795, "an earlier error made it unusable"],
  [30794, "it is of another version of LMDB"],
  [30793, "it is not an LMDB file"],
]);
const FULL = new Set([
  30792,
  constants.errno.ENOSPC,
  constants.errno.EDQUOT,
  constants.errno.EFBIG,
]);
const DENIED = new Set([constants.errno.EACCES, constants.errno.EPERM, constants.errno.EROFS]);
const NO_READER_SLOT = 30790;

/**
 * LMDB reports a short write only as "input/output error". If the disk has less room than this, in
 * bytes, it counts as full.
 */
const ROOM = 32 * 1024 * 1024;

/**
 * Turns an error of LMDB or of the file system into one of this package, for the store at `path`.
 */
export function storeError(error: unknown, path: string): PersistError {
  if (isPersistError(error)) return error;
  const code = Math.abs(errorNumber(error));
  const options = { cause: error };
  const damage = DAMAGED.get(code);
  if (damage !== undefined) return corruptFile(path, damage, error);
  if (FULL.has(code) || (code === constants.errno.EIO && isAlmostFull(path))) {
    return new PersistError(
      "ERR_STORE_FULL",
      `The disk under ${path} is full. This commit was not stored; what was stored before is safe. Make room on the disk.`,
      options,
    );
  }
  if (DENIED.has(code)) return readOnly(path, error);
  if (code === NO_READER_SLOT) {
    const message = `Too many processes have the store ${path} open at once. Use fewer, or a store on a server.`;
    return new PersistError("ERR_STORE_UNAVAILABLE", message, options);
  }
  const text = error instanceof Error ? error.message : String(error);
  return new PersistError(
    "ERR_STORE_UNAVAILABLE",
    `The LMDB store ${path} failed: ${text}`,
    options,
  );
}

/** Finds the error behind a failed commit, which lmdb hides in a promise. */
export async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

export function behind(path: string): PersistError {
  return new PersistError(
    "ERR_STORE_UNAVAILABLE",
    `A process was killed while it opened the LMDB store ${path}, and left it set back. This commit was not stored; what was ` +
      "stored before is safe. Open the store with any process, for example with persist-session sessions: that mends it.",
  );
}

export function readOnly(path: string, cause?: unknown): PersistError {
  return new PersistError(
    "ERR_STORE_READ_ONLY",
    `The store directory ${path} cannot be written. Give this process's user the right to write in it, or choose another.`,
    { cause },
  );
}

export function corruptFile(path: string, damage: string, cause?: unknown): PersistError {
  return new PersistError(
    "ERR_STORE_CORRUPT",
    `The store file data.mdb in ${path} is damaged: ${damage}. It was left as it is. ` +
      "Restore the directory from a backup, or move it away to start with an empty store.",
    { cause },
  );
}

export function otherFormat(path: string, found: string): PersistError {
  return new PersistError(
    "ERR_STORE_FORMAT",
    `Expected ${path} to be a store directory of this version, but ${found}. It was left as it is. Choose another directory.`,
  );
}

function errorNumber(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errno" in error && typeof error.errno === "number") return error.errno;
  return "code" in error && typeof error.code === "number" ? error.code : 0;
}

function isAlmostFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < ROOM;
  } catch {
    return false;
  }
}
