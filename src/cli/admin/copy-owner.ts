import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import type { RecordWrite, Store, StoredRecord } from "../../store/index.ts";
import { imageOf, type OwnerImage, ownerDigest, recordDigest } from "./copied-owner.ts";

/**
 * `copied`: written and read back. `same`: the target already held it. `kept`: the target holds
 * something else, which was not changed. `ended`: the target's tombstone forbids it. `gone`: it has
 * ended or expired in the source meanwhile.
 */
export type CopyOutcome = "copied" | "same" | "kept" | "ended" | "gone";

export interface OwnerCopy {
  readonly outcome: CopyOutcome;
  readonly image: OwnerImage;
  /** Checksums of the owner as the source gave it and as the target gives it back. */
  readonly source: Buffer;
  readonly target: Buffer;
}

/** How often an app may write to the target in between. */
const ROUNDS = 20;

/**
 * Copies everything that a store holds of an owner: records, attributes, deletion marks, schema,
 * expiry. It is one atomic write, so an interrupted copy leaves only whole owners, and another run
 * continues it.
 *
 * @param overwrite - whether records that differ in the target are replaced by those of the source
 */
export async function copyOwner(
  from: Store,
  to: Store,
  owner: string,
  overwrite: boolean,
): Promise<OwnerCopy> {
  const image = await imageOf(from, owner);
  const none = Buffer.alloc(32);
  if (image.status !== "living") return { outcome: "gone", image, source: none, target: none };
  for (let round = 0; round < ROUNDS; round++) {
    const there = await imageOf(to, owner);
    if (there.status === "ended") return { outcome: "ended", image, source: none, target: none };
    const plan = await planCopy(to, owner, image, there, overwrite);
    if (!(await carryOut(to, owner, image, there, plan))) continue;
    const states = [...image.records.keys()].filter((state) => !plan.kept.has(state));
    const wrote = plan.writes.length > 0 || plan.clears.length > 0;
    const back = wrote ? await imageOf(to, owner) : there;
    const outcome = plan.kept.size > 0 ? "kept" : wrote ? "copied" : "same";
    return {
      outcome,
      image,
      source: ownerDigest(owner, image, states),
      target: ownerDigest(owner, back, states),
    };
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "The target store is being written to all the time. Stop the apps that use it, and run the copy again.",
  );
}

interface Plan {
  readonly writes: readonly RecordWrite[];
  /** States that only the target has. */
  readonly clears: readonly string[];
  readonly kept: ReadonlySet<string>;
}

async function planCopy(
  to: Store,
  owner: string,
  image: OwnerImage,
  there: OwnerImage,
  overwrite: boolean,
): Promise<Plan> {
  const writes: RecordWrite[] = [];
  const kept = new Set<string>();
  for (const [state, record] of image.records) {
    const held = there.records.get(state);
    if (held === undefined) {
      const { epoch } = await to.read(owner, state);
      writes.push({ ...contentOf(state, record), epoch, base: "absent" });
    } else if (!recordDigest(state, held).equals(recordDigest(state, record))) {
      if (overwrite) writes.push(replacement(state, record, held));
      else kept.add(state);
    }
  }
  const clears = overwrite
    ? [...there.records.keys()].filter((state) => !image.records.has(state))
    : [];
  return { writes, clears, kept };
}

/** @returns whether no other writer came in between */
async function carryOut(
  to: Store,
  owner: string,
  { expiresAt }: OwnerImage,
  there: OwnerImage,
  { writes, clears }: Plan,
): Promise<boolean> {
  if (writes.length > 0) {
    const { outcomes } = await to.write(owner, writes, { commitId: randomUUID(), expiresAt });
    if (outcomes.some(({ outcome }) => outcome !== "written")) return false;
  } else if (there.status === "living" && there.expiresAt < expiresAt) {
    await to.touch(owner, expiresAt);
  }
  for (const state of clears)
    await to.clear(owner, { state, commitId: randomUUID(), until: expiresAt });
  return true;
}

function contentOf(
  state: string,
  { schema, expiresAt, attributes }: StoredRecord,
): Omit<RecordWrite, "epoch"> {
  const set = new Map<string, Uint8Array>();
  const remove: string[] = [];
  for (const [name, { bytes }] of attributes) {
    if (bytes === undefined) remove.push(name);
    else set.set(name, bytes);
  }
  return { state, schema, expiresAt: expiresAt ?? 0, set, remove };
}

function replacement(state: string, record: StoredRecord, held: StoredRecord): RecordWrite {
  const content = contentOf(state, record);
  const stray = [...held.attributes]
    .filter(([name, { bytes }]) => bytes !== undefined && !content.set.has(name))
    .map(([name]) => name);
  return {
    ...content,
    epoch: held.epoch,
    base: held.version,
    remove: [...new Set([...(content.remove ?? []), ...stray])],
  };
}
