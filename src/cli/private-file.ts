import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { type ErrorCode, PersistError } from "../errors.ts";
import {
  ownUser,
  type ProcessUser,
  quoted,
  WRITABLE_BY_ALL,
  WRITABLE_BY_GROUP,
} from "../private-directory.ts";
import { log } from "./log.ts";

const READABLE_BY_ALL = 0o004;

/** A file that the operator named and that holds a secret. */
export interface PrivateFile {
  readonly path: string;
  /** What it is, for messages: "The secret file". */
  readonly what: string;
  readonly code: ErrorCode;
  /** What to do if it cannot be read. */
  readonly remedy: string;
  /** For tests. Default: this process's. */
  readonly user?: Pick<ProcessUser, "group" | "id"> | undefined;
  /** Where a warning goes. */
  readonly warn?: (line: string) => void;
}

/**
 * Reads it, unless another user could have written it. It may be a symbolic link and belong to
 * root, as the secrets of Kubernetes and Docker do, be readable by the process's group, and be a
 * pipe. If all users can read it, one line says so.
 *
 * @throws PersistError of the given code
 */
export function readPrivateFile(options: PrivateFile): string {
  const { path, what, code, remedy, user = ownUser(), warn = log } = options;
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY);
    const stats = fstatSync(file);
    if (user !== undefined) {
      const fault = faultOf(path, stats, user);
      if (fault !== undefined) throw new PersistError(code, `${what} ${path} ${fault}`);
      if (stats.isFile() && (stats.mode & READABLE_BY_ALL) !== 0)
        warn(
          `${what} ${path} can be read by every user of this machine. Run: chmod o-r ${quoted(path)}`,
        );
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof PersistError) throw error;
    const reason = (error as NodeJS.ErrnoException).code;
    throw new PersistError(code, `${what} ${path} cannot be read (${reason}). ${remedy}`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function faultOf(
  path: string,
  { uid, gid, mode }: Stats,
  user: NonNullable<PrivateFile["user"]>,
): string | undefined {
  if (uid !== user.id && uid !== 0)
    return `belongs to another user (${uid}), who can change it, so it is not used. Run: chown ${user.id} ${quoted(path)}`;
  // With a umask of 002 a user's files can be written by the user's own group, whose only member is
  // that user.
  const isOwnGroup = uid === user.id && gid === user.group && user.id !== 0;
  const open = mode & (isOwnGroup ? WRITABLE_BY_ALL : WRITABLE_BY_ALL | WRITABLE_BY_GROUP);
  return open === 0
    ? undefined
    : `can be written by other users, so it is not used. If no other user has changed it, run: chmod go-w ${quoted(path)}`;
}
