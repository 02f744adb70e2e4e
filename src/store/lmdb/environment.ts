import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { RootDatabase } from "lmdb";
import { checkDataFile, LastTransaction } from "./data-file.ts";
import { DATA_FILE, prepareDirectory } from "./directory.ts";
import { storeError } from "./failures.ts";
import { refuseSharedFilesystem } from "./filesystem.ts";
import { refuseOtherNamespaces, type Withdraw } from "./namespace.ts";
import { loadLmdb } from "./native.ts";

/** The size of LMDB's reader table: every reading process and worker thread takes one slot. */
const MAX_READERS = 512;

/**
 * One open LMDB database. A process must not open LMDB twice, so all stores of one directory share
 * it.
 */
export interface Environment {
  readonly path: string;
  readonly database: RootDatabase<Buffer, Uint8Array>;
  readonly lastTransaction: LastTransaction;
  /** Releases it. The last store that does so closes the database. */
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

/**
 * What this process has open, by directory; and the databases that are being closed: reopening
 * these must wait.
 */
const { opened, closing } = environments();

/** One for all copies of this module that a bundler may have put into the process. */
function environments(): { opened: Map<string, Opened>; closing: Map<string, Promise<void>> } {
  const place = globalThis as unknown as Record<
    symbol,
    ReturnType<typeof environments> | undefined
  >;
  return (place[Symbol.for("persist-session.lmdb.1")] ??= {
    opened: new Map(),
    closing: new Map(),
  });
}

/** Checks the directory and opens the database in it. */
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
  const lmdb = await loadLmdb();
  const withdraw = await refuseOtherNamespaces(path);
  try {
    checkDataFile(path);
    for (;;) {
      const database = openFile(lmdb, path);
      const lastTransaction = new LastTransaction(path);
      // Opening may have set all processes back to a commit before the last one (decisions/0024).
      // If so, open again.
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

function openFile(
  { open }: Awaited<ReturnType<typeof loadLmdb>>,
  path: string,
): RootDatabase<Buffer, Uint8Array> {
  const options = {
    // Otherwise a failed commit also rejects a promise that no code can catch.
    eventTurnBatching: false,
    // A process killed during a sync would leave a lock from which LMDB in other processes never
    // recovers (decisions/0024).
    overlappingSync: false,
    // Each commit syncs its pages; the next one syncs the page that names them. The file is whole
    // at any instant, with one wait less.
    noMetaSync: true,
    cache: false,
  };
  return open<Buffer, Uint8Array>({
    path: join(path, DATA_FILE),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
    maxReaders: MAX_READERS,
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
