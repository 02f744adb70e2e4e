import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makePrivateDirectory } from "../../private-directory.ts";
import { otherFormat, readOnly, storeError } from "./failures.ts";

const MARKER = "FORMAT";
const NAME = "persist-session lmdb";
/** Is raised when keys or entries change in a way that older code cannot handle. */
const VERSION = 1;

export const DATA_FILE = "data.mdb";
/** LMDB names its lock file itself, after the data file. */
const LOCK_FILE = "data.mdb-lock";

/**
 * Prepares the directory. Creates it, accessible only to its owner, if it does not exist;
 * otherwise checks that it is ours and can be written. Never overwrites anything in it.
 * @throws PersistError `ERR_STORE_FORMAT`, `ERR_STORE_READ_ONLY`, `ERR_DIRECTORY_UNSAFE`
 */
export function prepareDirectory(path: string): void {
  try {
    makeDirectory(path);
    claimDirectory(path);
    makeFile(join(path, DATA_FILE));
    makeFile(join(path, LOCK_FILE));
  } catch (error) {
    throw storeError(error, path);
  }
}

function makeDirectory(path: string): void {
  const stats = lstatOf(path);
  if (stats === undefined) {
    const above = existingParent(path);
    if (!isWritable(above)) throw readOnly(above);
  } else if (!stats.isDirectory() && !existsAsDirectory(path)) {
    throw otherFormat(path, "there is a file of that name");
  }
  // A directory with content may be the app's own, and keeps its mode and its git rules.
  makePrivateDirectory(path, { what: "The store directory", links: true });
  if (!isWritable(path)) throw readOnly(path);
  if (readdirSync(path).length > 0) return;
  writeNew(path, ".gitignore", "*\n");
}

/** Reads the marker that says whose directory this is. Writes it if the directory is new. */
function claimDirectory(path: string): void {
  const marker = join(path, MARKER);
  if (!existsSync(marker)) {
    if (existsSync(join(path, DATA_FILE)))
      throw otherFormat(path, `it holds a ${DATA_FILE} of another program`);
    writeNew(path, MARKER, `${NAME} ${VERSION}\n`);
  }
  const text = readFileSync(marker, "utf8");
  const version = /^persist-session lmdb ([0-9]+)\n$/.exec(text)?.[1];
  if (version === undefined)
    throw otherFormat(path, `its file ${MARKER} was written by another program`);
  if (Number(version) !== VERSION)
    throw otherFormat(path, `it has format ${version}, and this version reads ${VERSION}`);
}

/** Creates a file atomically. If several processes start at once, the first one wins. */
function writeNew(path: string, name: string, text: string): void {
  const draft = join(path, `.${name}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
  try {
    linkSync(draft, join(path, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Creates the file before LMDB does, which would let the umask decide who may read it. Does not
 * open an existing file: closing it would release the lock that LMDB may hold on it in this
 * process, and the next process would assume that it is the first one.
 */
function makeFile(path: string): void {
  const stats = lstatOf(path);
  if (stats?.isFile() === true) {
    if ((Number(stats.mode) & 0o777) !== 0o600) chmodSync(path, 0o600);
    return;
  }
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    if ((fstatSync(file).mode & 0o777) !== 0o600) fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

function lstatOf(path: string): ReturnType<typeof lstatSync> | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** A symbolic link to a directory is as good as the directory. */
function existsAsDirectory(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function existingParent(path: string): string {
  let above = dirname(path);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  return above;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
