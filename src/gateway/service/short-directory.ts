import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PersistError } from "../../errors.ts";

/**
 * A directory below the temporary one, for a directory whose own path is too long for a socket. It
 * is the same at each start, so a process that knows the socket finds the next one there, too. So
 * it is also never removed.
 *
 * @returns undefined if another user has put something there
 * @throws PersistError `ERR_SERVICE_ADDRESS` if something of this user is in the way; else what the
 * file system throws
 */
export function shortDirectory(long: string): string | undefined {
  const user = process.geteuid?.();
  const name = createHash("sha256")
    .update(`${user}\0${realpathSync(long)}`)
    .digest("hex");
  const path = join(tmpdir(), `persist-session-${name.slice(0, 16)}`);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  // Checks the entry itself: a link could lead to a directory of ours that others may read.
  const stats = lstatSync(path);
  if (stats.uid !== user) return undefined;
  if (stats.isDirectory() && (stats.mode & 0o777) === 0o700) return path;
  throw new PersistError(
    "ERR_SERVICE_ADDRESS",
    `The state service wants to make its socket in ${path}, which must be a directory for this process's user alone (mode 0700), and is not. ` +
      `Move it away, or choose a state directory with a shorter path.`,
  );
}
