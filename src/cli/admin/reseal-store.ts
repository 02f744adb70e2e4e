import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import { isNumberName, isSealed, sealedBy, type SealKeys } from "../../sealing/index.ts";
import type { Store } from "../../store/index.ts";

/** How many values of a store are sealed with which secret. */
export interface ResealReport {
  owners: number;
  /** Sealed with the newest secret already. */
  newest: number;
  /** Sealed with an older one of the given secrets. */
  older: number;
  /** Not at all. */
  unsealed: number;
  /** The older and unsealed ones that are now sealed with the newest secret. */
  resealed: number;
  /** Records whose values do not open. */
  failed: { owner: string; state: string; reason: string }[];
}

/** A store as it is, and as it is read and written with the secrets. */
export interface ResealedStore {
  readonly raw: Store;
  readonly sealed: Store;
  readonly keys: SealKeys;
}

/** How often an app may write to a record in between. */
const MAX_ROUNDS = 20;

/**
 * Seals all values with the newest secret, so that older ones are no longer needed. Apps may keep
 * using the store: a value that they change meanwhile stays as they wrote it.
 *
 * @param look - only counts, and changes nothing
 */
export async function resealStore(
  stores: ResealedStore,
  look: boolean,
  progress: (report: ResealReport) => void,
): Promise<ResealReport> {
  const report: ResealReport = {
    owners: 0,
    newest: 0,
    older: 0,
    unsealed: 0,
    resealed: 0,
    failed: [],
  };
  for await (const { owner, states } of stores.raw.sessions()) {
    for (const state of states) {
      try {
        await resealRecord(stores, owner, state, look, report);
      } catch (error) {
        // A record of another secret, or a damaged one, does not stop the others. A store that
        // cannot be reached does.
        if (!(error instanceof PersistError) || !OF_ONE.has(error.code)) throw error;
        report.failed.push({ owner, state, reason: error.message });
      }
    }
    report.owners++;
    progress(report);
  }
  return report;
}

const OF_ONE: ReadonlySet<string> = new Set([
  "ERR_STORE_SEALED",
  "ERR_STORE_CORRUPT",
  "ERR_STORE_FORMAT",
  "ERR_CONFLICT",
]);

async function resealRecord(
  { raw, sealed, keys }: ResealedStore,
  owner: string,
  state: string,
  look: boolean,
  report: ResealReport,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { record, expiresAt } = await raw.read(owner, state);
    if (record === undefined) return;
    const due: string[] = [];
    const count = { newest: 0, older: 0, unsealed: 0 };
    for (const [name, { bytes }] of record.attributes) {
      if (bytes === undefined || isNumberName(name)) continue;
      const kind = kindOf(bytes, keys);
      count[kind]++;
      if (kind !== "newest") due.push(name);
    }
    if (look || due.length === 0) {
      add(report, count);
      return;
    }
    const opened = (await sealed.read(owner, state)).record;
    // It was written in between: read again.
    if (opened?.version !== record.version || opened.epoch !== record.epoch) continue;
    const set = new Map<string, Uint8Array>();
    for (const name of due) {
      const bytes = opened.attributes.get(name)?.bytes;
      if (bytes === undefined) continue;
      if (isSealed(bytes)) throw notOpened();
      set.set(name, bytes);
    }
    const { epoch, version: base, schema } = record;
    const { owner: status, outcomes } = await sealed.write(
      owner,
      [{ state, epoch, base, schema, set }],
      { commitId: randomUUID(), expiresAt },
    );
    if (status === "ended" || outcomes[0]?.outcome === "ended") return;
    if (outcomes[0]?.outcome !== "written") continue;
    add(report, count);
    report.resealed += set.size;
    return;
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "It is being written to all the time. Run the command again.",
  );
}

function kindOf(bytes: Uint8Array, keys: SealKeys): "newest" | "older" | "unsealed" {
  if (!isSealed(bytes)) return "unsealed";
  return sealedBy(bytes) === keys.newestId ? "newest" : "older";
}

function add(
  report: ResealReport,
  count: Pick<ResealReport, "newest" | "older" | "unsealed">,
): void {
  report.newest += count.newest;
  report.older += count.older;
  report.unsealed += count.unsealed;
}

function notOpened(): PersistError {
  return new PersistError(
    "ERR_STORE_CORRUPT",
    "a value's seal does not hold: it is damaged, or was put there by something else. See `persist-session show`",
  );
}
