import { randomUUID } from "node:crypto";
import { isPersistError } from "../../errors.ts";
import type { Store } from "../../store/index.ts";
import { bytesOf, Checksum } from "./copied-owner.ts";
import { copyOwner } from "./copy-owner.ts";

/** The progress of a copy and, in the end, its result. */
export interface CopyReport {
  /** How many owners were read: sessions, users and tabs. */
  owners: number;
  records: number;
  bytes: number;
  copied: number;
  same: number;
  /** Not changed in the target, because they differ there. */
  kept: number;
  /** Ended in the target, so they were not brought back. */
  ended: number;
  /** Ended or expired in the source meanwhile. */
  gone: number;
  /** Copied tombstones: dead tokens must stay dead. */
  tombstones: number;
  /** Owners that cannot be read, or whose copy differs when it is read back. */
  failed: { owner: string; reason: string }[];
  checksum: { source: string; target: string };
}

/** How many owners are copied at once, as long as they are small. */
const AT_ONCE = 16;
const MAX_BYTES = 32 * 1024 * 1024;
/** Failures that concern one owner alone. */
const OF_ONE: ReadonlySet<string> = new Set(["ERR_STORE_CORRUPT", "ERR_CONFLICT"]);

/**
 * Copies everything from one store to another, which need not be empty. Apps may keep using both.
 */
export async function copyStore(
  from: Store,
  to: Store,
  overwrite: boolean,
  progress: (report: CopyReport) => void,
): Promise<CopyReport> {
  const source = new Checksum();
  const target = new Checksum();
  const report: CopyReport = {
    owners: 0,
    records: 0,
    bytes: 0,
    copied: 0,
    same: 0,
    kept: 0,
    ended: 0,
    gone: 0,
    tombstones: 0,
    failed: [],
    get checksum() {
      return { source: source.hex, target: target.hex };
    },
  };
  const copyOne = async (owner: string): Promise<void> => {
    try {
      const copy = await copyOwner(from, to, owner, overwrite);
      report[copy.outcome]++;
      report.records += copy.image.records.size;
      report.bytes += bytesOf(copy.image);
      source.add(copy.source);
      target.add(copy.target);
      if (!copy.source.equals(copy.target))
        report.failed.push({ owner, reason: "what was read back is not what was written" });
    } catch (error) {
      // A damaged owner does not stop the others. A store that cannot be reached does.
      if (!isPersistError(error) || !OF_ONE.has(error.code)) throw error;
      report.failed.push({ owner, reason: error.message });
    }
    report.owners++;
    progress(report);
  };
  await inParallel(
    from.sessions(),
    ({ bytes }) => bytes,
    async ({ owner }) => await copyOne(owner),
  );
  if (from.ended !== undefined) {
    await inParallel(
      from.ended(),
      () => 0,
      async ({ owner, until }) => {
        const { owner: status } = await to.owner(owner);
        if (status !== "ended") await to.clear(owner, { commitId: randomUUID(), until });
        report.tombstones++;
        progress(report);
      },
    );
  }
  return report;
}

/** Works on several items at once. After the first failure it finishes those under way and ends. */
async function inParallel<T>(
  items: AsyncIterable<T>,
  sizeOf: (item: T) => number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let bytes = 0;
  for await (const item of items) {
    const size = sizeOf(item);
    const isFull = (): boolean =>
      running.size > 0 && (running.size >= AT_ONCE || bytes + size > MAX_BYTES);
    while (isFull()) await Promise.race(running);
    if (failures.length > 0) break;
    bytes += size;
    const task: Promise<void> = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        bytes -= size;
        running.delete(task);
      });
    running.add(task);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
