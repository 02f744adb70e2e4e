import { chmodSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { PersistError } from "./errors.ts";
import { makeDirectory } from "./make-directory.ts";

export const WRITABLE_BY_GROUP = 0o020;
export const WRITABLE_BY_ALL = 0o002;

/** The user that a process runs as. */
export interface ProcessUser {
  readonly id: number;
  /** The group that new files of it get. */
  readonly group: number;
  /** That group and all others. */
  readonly groups: readonly number[];
}

export interface PrivateDirectoryOptions {
  /** What it is, for messages: "The state directory". */
  readonly what: string;
  /** Whether it may be a symbolic link of this process's user or of root. Default false. */
  readonly links?: boolean;
  /** For tests. Default: this process's. */
  readonly user?: Pick<ProcessUser, "groups" | "id"> | undefined;
}

/**
 * Makes a directory for its owner only, or takes one that is there: what is in it decides who a
 * visitor is, so no other user may be able to put something into it. One that is empty and our own
 * is closed to others; one that holds something is left as it is, and refused if others could have
 * put it there.
 *
 * @throws PersistError `ERR_DIRECTORY_UNSAFE`; else what the file system throws
 */
export function makePrivateDirectory(path: string, options: PrivateDirectoryOptions): void {
  const { what, links = false, user = ownUser() } = options;
  // Windows knows no such owners and modes.
  if (user === undefined) return makeDirectory(path);
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink() === true) checkLink(path, entry, what, links, user.id);
  makeDirectory(path);
  const stats = statSync(path);
  if (stats.uid === user.id && readdirSync(path).length === 0) {
    if ((stats.mode & 0o077) !== 0) chmodSync(path, stats.mode & 0o700);
    return;
  }
  checkOwner(path, stats, what, user);
}

/** This process's user; undefined on Windows, which knows no such owners and modes. */
export function ownUser(): ProcessUser | undefined {
  const id = process.geteuid?.();
  const group = process.getegid?.();
  if (id === undefined || group === undefined) return undefined;
  return { id, group, groups: [group, ...(process.getgroups?.() ?? [])] };
}

function checkLink(path: string, { uid }: Stats, what: string, links: boolean, user: number): void {
  if (links && (uid === user || uid === 0)) return;
  const target = targetOf(path);
  throw unsafe(
    what,
    path,
    "is a symbolic link, and a user who can change that can put another directory in its place",
    target === undefined ? "Remove it." : `Name the directory itself: ${quoted(target)}.`,
  );
}

function checkOwner(
  path: string,
  { uid, gid, mode }: Stats,
  what: string,
  user: NonNullable<PrivateDirectoryOptions["user"]>,
): void {
  // What only root could have put there is as safe as this machine.
  if (uid !== user.id && uid !== 0) {
    throw unsafe(
      what,
      path,
      `belongs to another user (${uid})`,
      `Run: chown ${user.id} ${quoted(path)}`,
    );
  }
  // A volume that Kubernetes has given to the pod's group belongs to root, so no process in the pod
  // could change its mode.
  const isGivenToGroup = uid !== user.id && user.groups.includes(gid);
  const open = mode & (isGivenToGroup ? WRITABLE_BY_ALL : WRITABLE_BY_ALL | WRITABLE_BY_GROUP);
  if (open === 0) return;
  throw unsafe(
    what,
    path,
    "can be written by other users",
    `If no other user has put anything into it, run: chmod go-w ${quoted(path)}`,
  );
}

function targetOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function unsafe(what: string, path: string, is: string, remedy: string): PersistError {
  return new PersistError(
    "ERR_DIRECTORY_UNSAFE",
    `${what} ${resolve(path)} ${is}, so it is not used. ${remedy} Or name a new directory inside of it, which is then made for this process's ` +
      "user alone.",
  );
}

/** As a shell takes it. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
