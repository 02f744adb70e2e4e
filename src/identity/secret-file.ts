import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { PersistError } from "../errors.ts";
import { quoted } from "../private-directory.ts";

/** A secret that we made, and the short random app id that was made with it. */
export interface MadeSecret {
  readonly secret: string;
  readonly appId: string;
}

const CONTENT = /^persist-session secret v1\napp ([0-9a-f]{8})\nsecret ([A-Za-z0-9+/]{43}=)\n$/;
const MAX_BYTES = 1024;
const OTHERS = 0o077;
// Absent on Windows, where files have no such owner and mode either.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/**
 * Reads a secret file. Gives undefined if there is none.
 *
 * @param userId - the user that the file has to belong to; by default this process's
 * @throws `ERR_SECRET_FILE` if others can read the file, it belongs to another user (who would
 *   know the secret), it is a symbolic link, it cannot be read or it holds anything else than what
 *   we write
 */
export function readSecretFile(path: string, userId = process.geteuid?.()): MadeSecret | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    // FreeBSD says EMLINK.
    if (code === "ELOOP" || code === "EMLINK")
      throw refused(path, "is a symbolic link", `Put the file itself there.`);
    throw refused(path, "cannot be read", "Give this process's user the right to read it.", error);
  }
  try {
    const { uid, mode, size } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw refused(path, "is not a regular file", "Remove it.");
    if (userId !== undefined) {
      // The owner is checked first: chmod alone would not fix a file of another user.
      if (uid !== userId) {
        throw refused(
          path,
          "belongs to another user, who knows what is in it",
          "Start as that user, or remove the file.",
        );
      }
      if ((mode & OTHERS) !== 0) {
        throw refused(
          path,
          "is open to other users",
          `If no one else has read it, run: chmod 600 ${quoted(path)}`,
        );
      }
    }
    const buffer = Buffer.alloc(MAX_BYTES);
    const content =
      size > MAX_BYTES ? "" : buffer.toString("latin1", 0, readSync(file, buffer, 0, MAX_BYTES, 0));
    const [, appId, secret] = CONTENT.exec(content) ?? [];
    if (appId === undefined || secret === undefined) {
      throw refused(
        path,
        size === 0 ? "is empty" : "is damaged",
        "Put it back from a backup; or remove it: a new secret is then made, and browsers begin with fresh sessions.",
      );
    }
    return { secret, appId };
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a secret file, unless one exists. Writes it under another name and then links it to
 * its own, which is atomic and fails if the name is taken: of several processes one wins, and none
 * sees half a file. Throws what the file system throws.
 */
export function makeSecretFile(path: string): void {
  const draft = join(dirname(path), `.secret-${process.pid}-${randomBytes(8).toString("hex")}`);
  const file = openSync(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
    0o600,
  );
  try {
    try {
      // The umask limits the mode given to open, and may even take the owner's rights.
      fchmodSync(file, 0o600);
      const appId = randomBytes(4).toString("hex");
      writeFileSync(
        file,
        `persist-session secret v1\napp ${appId}\nsecret ${randomBytes(32).toString("base64")}\n`,
      );
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(draft, path);
    syncDir(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Without it, a power cut could lose the new name, and with it every token signed so far. Not
// possible on Windows.
function syncDir(dir: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function refused(path: string, what: string, remedy: string, cause?: unknown): PersistError {
  return new PersistError(
    "ERR_SECRET_FILE",
    `The secret file ${path} ${what}, so it is not used. ${remedy} Or give a secret of your own, by the option \`secret\` or PERSIST_SESSION_SECRET.`,
    { cause },
  );
}
