import { randomBytes } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { PersistError } from "../../errors.ts";
import { makeDirectory } from "../../make-directory.ts";
import { shortDirectory } from "./short-directory.ts";

/** A path for a Unix socket. */
export interface SocketPlace {
  readonly path: string;
  /** The directory that was made for it, and is removed with it. */
  readonly directory?: string;
  /** Why it is not the usual path. */
  readonly unusual?: string;
}

// The size of sockaddr_un without its closing zero: 108 bytes on Linux, 104 on macOS and the BSDs.
const MAX_PATH = process.platform === "linux" ? 107 : 103;
const MAX_WAIT = 1000;

/**
 * Finds a path for a Unix socket: the wanted one, after removing a socket that a killed process
 * left there. If that path is too long for the system, uses one below the temporary directory, the
 * same at each start. If another gateway listens there, uses a name beside it.
 *
 * @throws PersistError `ERR_SERVICE_ADDRESS`
 */
export async function findSocketPlace(wanted: string): Promise<SocketPlace> {
  const path = resolve(wanted);
  try {
    makeDirectory(dirname(path));
    if (fits(path)) return await placeAt(path);
    const short = shortDirectory(dirname(path));
    if (short !== undefined) return await placeAt(join(short, "service.sock"));
    return makePrivatePlace("another user has taken its directory below the temporary one");
  } catch (error) {
    if (error instanceof PersistError) throw error;
    throw notMade(path, error);
  }
}

async function placeAt(path: string): Promise<SocketPlace> {
  if (!fits(path)) throw notMade(path, new Error(`the path has more than ${MAX_PATH} bytes`));
  await removeLeftOvers(path);
  if (await free(path)) return { path };
  const unusual = `another gateway listens at ${path}`;
  const beside = besideOf(path);
  return fits(beside) ? { path: beside, unusual } : makePrivatePlace(unusual);
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH;
}

export function notMade(path: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_SERVICE_ADDRESS",
    `The socket of the state service could not be made at ${path}. Its directory must be one that this process's user can write, on a ` +
      `file system that knows Unix sockets; choose another state directory.`,
    { cause },
  );
}

function makePrivatePlace(unusual: string): SocketPlace {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-"));
  const path = join(directory, "service.sock");
  if (fits(path)) return { path, directory, unusual };
  rmSync(directory, { recursive: true });
  throw notMade(path, new Error(`the path has more than ${MAX_PATH} bytes`));
}

function besideOf(path: string): string {
  return path.replace(/(\.sock)?$/, `-${randomBytes(4).toString("hex")}.sock`);
}

/** Removes abandoned sockets beside ours. */
async function removeLeftOvers(path: string): Promise<void> {
  const stem = path.replace(/\.sock$/, "");
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name);
    if (other.startsWith(`${stem}-`) && /-[0-9a-f]{8}\.sock$/.test(name)) await free(other);
  }
}

/** Whether the path is free. Removes an abandoned socket, and nothing else. */
async function free(path: string): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!found.isSocket()) {
    throw new PersistError(
      "ERR_SERVICE_ADDRESS",
      `The state service wants to make its socket at ${path}, and something else is there. Move that away, or choose another state directory.`,
    );
  }
  if (await isListening(path)) return false;
  try {
    unlinkSync(path);
  } catch (error) {
    // Another process, starting at the same moment, was first.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return true;
}

async function isListening(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ path });
    const tell = (listening: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(listening);
    };
    // A process that does not answer in time is busy, not gone.
    const timer = setTimeout(() => tell(true), MAX_WAIT);
    socket.once("connect", () => tell(true));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      tell(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
