import { realpathSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import type { RootDatabase } from "lmdb";
import { checkDataFile, LastTransaction } from "./data-file.ts";
import { DATA_FILE, prepareDirectory } from "./directory.ts";
import { storeError } from "./failures.ts";
import { refuseSharedFilesystem } from "./filesystem.ts";
import { refuseOtherNamespaces } from "./namespace.ts";
import type { Withdraw } from "./namespace.ts";

/** Each process that reads takes one slot of LMDB's table, and each worker thread. */
const MOST_READERS = 512;

/** One opened LMDB database. LMDB must not be opened twice in one process, so stores on one directory share it. */
export interface Environment {
  readonly path: string;
  readonly database: RootDatabase<Buffer, Uint8Array>;
  readonly lastTransaction: LastTransaction;
  /** Lets go of it; the last store that does closes the database. */
  release(): Promise<void>;
}

interface Opened {
  readonly ready: Promise<{
    readonly database: RootDatabase<Buffer, Uint8Array>;
    readonly lastTransaction: LastTransaction;
    readonly withdraw: Withdraw;
  }>;
  stores: number;
}

const opened = new Map<string, Opened>();
/** Databases on their way to being closed: opening them again has to wait. */
const closing = new Map<string, Promise<void>>();

/** Opens the database in the directory, after the checks that keep everybody's data safe. */
export async function openEnvironment(directory: string): Promise<Environment> {
  prepareDirectory(directory);
  const path = realpathSync(directory);
  await closing.get(path);
  let entry = opened.get(path);
  if (entry === undefined) opened.set(path, (entry = { ready: openDatabase(path), stores: 0 }));
  entry.stores++;
  const shared = entry;
  const release = async (): Promise<void> => {
    if (--shared.stores > 0) return;
    opened.delete(path);
    const done = closeDatabase(shared);
    closing.set(path, done);
    try {
      await done;
    } finally {
      closing.delete(path);
    }
  };
  try {
    const { database, lastTransaction } = await shared.ready;
    return { path, database, lastTransaction, release };
  } catch (error) {
    if (--shared.stores === 0) opened.delete(path);
    throw storeError(error, path);
  }
}

async function openDatabase(path: string): Promise<Awaited<Opened["ready"]>> {
  refuseSharedFilesystem(path);
  const withdraw = await refuseOtherNamespaces(path);
  try {
    checkDataFile(path);
    for (;;) {
      const database = openFile(path);
      const lastTransaction = new LastTransaction(path);
      // To open it may have set all processes back to a commit before the last one (decisions/0024): then once more.
      if (await isUpToDate(database, lastTransaction)) {
        return { database, lastTransaction, withdraw };
      }
      lastTransaction.close();
      await database.close();
    }
  } catch (error) {
    await withdraw();
    throw error;
  }
}

function openFile(path: string): RootDatabase<Buffer, Uint8Array> {
  const options = {
    // Otherwise a commit that fails also rejects a promise that nobody can catch.
    eventTurnBatching: false,
    // A process killed while it syncs would leave a lock from which LMDB does not recover in the others (decisions/0024).
    overlappingSync: false,
    // The pages are synced with each commit, the page that names them with the next one: whole at any instant, one wait less.
    noMetaSync: true,
    cache: false,
  };
  return open<Buffer, Uint8Array>({
    path: join(path, DATA_FILE),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
    maxReaders: MOST_READERS,
    ...options,
  });
}

async function isUpToDate(
  database: RootDatabase<Buffer, Uint8Array>,
  lastTransaction: LastTransaction,
): Promise<boolean> {
  return await database.transaction(() => database.getWriteTxnId() > lastTransaction.read());
}

async function closeDatabase({ ready }: Opened): Promise<void> {
  const { database, lastTransaction, withdraw } = await ready;
  await database.close();
  lastTransaction.close();
  await withdraw();
}
