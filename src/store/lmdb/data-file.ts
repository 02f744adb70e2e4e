import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { DATA_FILE } from "./directory.ts";
import { corruptFile } from "./failures.ts";

/**
 * The layout of a meta page: `MDB_page` and `MDB_meta` of LMDB's mdb.c, as the package lmdb builds
 * it.
 */
const MAGIC = 0xbeefc0de;
const AT = { magic: 24, pageSize: 48, trees: [48, 96], transaction: 152 };
const TREE_PAGES = [8, 16, 24];
const META_PAGES = 2;
const META_SIZE = 160;
const TRANSACTION_SIZE = 8;
const PAGE_SIZES = { least: 512, most: 65536 };

/**
 * Checks the data file before LMDB maps it into memory. A file of another program must not be
 * written, and a truncated file would end the process with a bus error. An empty file is a new
 * store.
 * @throws PersistError `ERR_STORE_CORRUPT`
 */
export function checkDataFile(path: string): void {
  const file = openSync(join(path, DATA_FILE), "r");
  try {
    if (fstatSync(file).size === 0) return;
    const first = readMeta(file, 0);
    if (
      first === undefined ||
      first.pageSize < PAGE_SIZES.least ||
      first.pageSize > PAGE_SIZES.most
    ) {
      throw corruptFile(path, "it does not begin as an LMDB file does");
    }
    const second = readMeta(file, first.pageSize);
    if (second === undefined) throw corruptFile(path, "its second page is not what it should be");
    const newest = second.transaction > first.transaction ? second : first;
    // Read after the pages above: otherwise a process that is writing could make the file look too
    // short.
    const { size } = fstatSync(file);
    if (size < newest.usedPages * first.pageSize) throw corruptFile(path, "its end is missing");
  } finally {
    closeSync(file);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly transaction: bigint;
  /**
   * How many pages hold data. The file may be longer: free pages at its end may never have been
   * written.
   */
  readonly usedPages: number;
}

function readMeta(file: number, position: number): Meta | undefined {
  const bytes = Buffer.alloc(META_SIZE);
  if (readSync(file, bytes, 0, META_SIZE, position) < META_SIZE) return undefined;
  if (bytes.readUInt32LE(AT.magic) !== MAGIC) return undefined;
  let used = META_PAGES;
  for (const tree of AT.trees)
    for (const pages of TREE_PAGES) used += Number(bytes.readBigUInt64LE(tree + pages));
  return {
    pageSize: bytes.readUInt32LE(AT.pageSize),
    transaction: bytes.readBigUInt64LE(AT.transaction),
    usedPages: used,
  };
}

/**
 * Reads the number of the last committed transaction from the file, which is what counts
 * (decisions/0024).
 */
export class LastTransaction {
  readonly #file: number;
  readonly #pageSize: number;
  readonly #bytes = Buffer.alloc(TRANSACTION_SIZE);

  /** @param path - the store's directory, whose database has been opened */
  constructor(path: string) {
    this.#file = openSync(join(path, DATA_FILE), "r");
    this.#pageSize = readMeta(this.#file, 0)?.pageSize ?? 0;
  }

  read(): number {
    return Math.max(this.#readPage(0), this.#readPage(1));
  }

  close(): void {
    closeSync(this.#file);
  }

  #readPage(page: number): number {
    const position = page * this.#pageSize + AT.transaction;
    readSync(this.#file, this.#bytes, 0, TRANSACTION_SIZE, position);
    return Number(this.#bytes.readBigUInt64LE());
  }
}
