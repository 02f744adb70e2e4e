import {
  chmodSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { PersistError } from "../../errors.ts";
import { makeDirectory } from "../../make-directory.ts";
import { storeError } from "./failures.ts";

const FOLDER = "open";
const SUFFIX = ".sock";
// A socket gets its final name once its process listens. One that is only bound refuses connections
// and would look abandoned.
const UNFINISHED = ".new";
/**
 * A socket that has no final name after this many milliseconds was left by a process that was
 * killed.
 */
const LEFT_AFTER = 60_000;

/**
 * The errors of listening on a file system without sockets (FAT, some folders shared with a virtual
 * machine).
 */
const NO_SOCKETS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EINVAL"]);

/** Removes the sign that this process has the store open. */
export type Withdraw = () => Promise<void>;

/**
 * Refuses the directory if a process of another PID namespace has it open. LMDB knows its readers
 * and the holder of its lock by process id, so two containers on one volume would block each other
 * forever.
 *
 * Each process that opens a store listens on a Unix socket in the directory, and connects to those
 * of other namespaces. The kernel answers: it accepts for a process that is busy or stopped, and
 * refuses once the process is gone, however it ended. Each listens before it connects, so of two
 * that start together at least one sees the other.
 * @throws PersistError `ERR_STORE_SHARED`
 */
export async function refuseOtherNamespaces(path: string): Promise<Withdraw> {
  const namespace = pidNamespace();
  if (namespace === undefined) return async () => {};
  const folder = join(path, FOLDER);
  const name = `${namespace}-${process.pid}-${Math.random().toString(36).slice(2, 10)}${SUFFIX}`;
  let handle: number;
  try {
    makeDirectory(folder);
    handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw storeError(error, path);
  }
  // A socket's path has at most 107 bytes. This one is always short enough.
  const short = (file: string): string => `/proc/self/fd/${handle}/${file}`;
  const server = createServer((socket) => socket.destroy());
  const withdraw = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(join(folder, name), { force: true });
    closeSync(handle);
  };
  try {
    try {
      await listen(server, short(name + UNFINISHED));
    } catch (error) {
      if (!NO_SOCKETS.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      warnUnchecked(path);
      return withdraw;
    }
    chmodSync(join(folder, name + UNFINISHED), 0o600);
    renameSync(join(folder, name + UNFINISHED), join(folder, name));
    await lookForOthers(path, namespace, short);
    return withdraw;
  } catch (error) {
    await withdraw();
    throw storeError(error, path);
  }
}

function warnUnchecked(path: string): void {
  process.emitWarning(
    `The file system of the store directory ${path} has no Unix sockets, so it cannot be seen whether a process in another ` +
      "container has the store open. Close it there, or choose a directory on a local disk.",
    { code: "PERSIST_SESSION_UNCHECKED" },
  );
}

/** The number of this process's PID namespace; undefined if the system has none. */
function pidNamespace(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return /\[([0-9]+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1];
  } catch {
    return undefined;
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // In a worker of node:cluster the primary would listen in its place, and has no such
    // descriptor.
    server.listen({ path, readableAll: false, writableAll: false, exclusive: true }, resolve);
  });
  server.unref();
}

/** Removes abandoned sockets. Throws if a process of another namespace still listens on one. */
async function lookForOthers(
  path: string,
  own: string,
  short: (file: string) => string,
): Promise<void> {
  const folder = join(path, FOLDER);
  for (const file of readdirSync(folder)) {
    if (file.endsWith(UNFINISHED)) removeIfLeft(join(folder, file));
    const namespace = /^([0-9]+)-[0-9]+-[a-z0-9]+\.sock$/.exec(file)?.[1];
    if (namespace === undefined) continue;
    const failure = await tryToConnect(short(file));
    if (failure === "ECONNREFUSED") {
      rmSync(join(folder, file), { force: true });
      continue;
    }
    if (namespace === own || failure === "ENOENT" || failure === "ENOTSOCK") continue;
    throw new PersistError(
      "ERR_STORE_SHARED",
      `A process in another container (PID namespace) has the store directory ${path} open, see ${FOLDER}/${file} in it. ` +
        "LMDB cannot be shared between containers: give each its own directory, or use a store on a server for all of them.",
    );
  }
}

/** Removes the socket of a process that was killed before it gave the socket its final name. */
function removeIfLeft(file: string): void {
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (made !== undefined && Date.now() - made > LEFT_AFTER) rmSync(file, { force: true });
}

/** The error code of a failed connection; undefined if a process listens. */
async function tryToConnect(path: string): Promise<string | undefined> {
  const socket = connect({ path });
  try {
    return await new Promise((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    socket.destroy();
  }
}
