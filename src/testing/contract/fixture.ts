import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
  ReadResult,
  RecordPoint,
  RecordWrite,
  Store,
  WriteOptions,
  WriteOutcome,
} from "../../store/index.ts";

/** A store under test. */
export interface OpenedStore {
  /** The store: empty. */
  readonly store: Store;
  /**
   * Opens the same data once more, as another process would, while `store` stays open. Leave it out
   * if that is impossible.
   */
  readonly reopen?: () => Promise<Store>;
  /** Closes what was opened and removes the data. */
  readonly cleanup: () => Promise<void>;
}

/** What the contract's cases need to know about a store. */
export interface ContractOptions {
  /** Size of the largest value tried. Default: 16 MiB, the library's own limit for an attribute. */
  readonly largestValue?: number;
  /**
   * Set to false if the engine removes expired data by itself and `sweep` answers 0. Default true.
   */
  readonly sweeps?: boolean;
}

/** One case of the contract. */
export interface ContractCase {
  readonly title: string;
  /** True: needs two stores on the same data. */
  readonly shared?: boolean;
  readonly run: (given: Given) => Promise<void>;
}

export interface Given {
  readonly store: Store;
  /** Another store on the same data. Only for cases that say `shared`. */
  readonly another: () => Promise<Store>;
  readonly options: Required<ContractOptions>;
}

export const HOUR = 3_600_000;

export function inAnHour(): number {
  return Date.now() + HOUR;
}

/** An owner that no other case uses. */
export function newOwner(): string {
  return `b:${randomUUID()}`;
}

export function newCommit(expiresAt: number = inAnHour()): WriteOptions {
  return { commitId: randomUUID(), expiresAt };
}

/** Attributes given as texts, numbers or bytes. */
export function values(
  attributes: Record<string, string | number | Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(attributes).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? value : new TextEncoder().encode(String(value)),
    ]),
  );
}

/** Creates a record that must not exist yet, and gives its point. */
export async function create(
  store: Store,
  owner: string,
  state: string,
  attributes: Record<string, string | number | Uint8Array>,
  options: WriteOptions = newCommit(),
): Promise<RecordPoint> {
  const { epoch } = await store.read(owner, state);
  return await writeOne(
    store,
    owner,
    { state, epoch, base: "absent", set: values(attributes) },
    options,
  );
}

/** Makes one write that must be accepted. */
export async function writeOne(
  store: Store,
  owner: string,
  write: RecordWrite,
  options: WriteOptions = newCommit(),
): Promise<RecordPoint> {
  const { outcomes } = await store.write(owner, [write], options);
  return accepted(outcomes[0]);
}

export function accepted(outcome: WriteOutcome | undefined): RecordPoint {
  assert.ok(outcome?.outcome === "written", `the write was not accepted: ${outcome?.outcome}`);
  return outcome;
}

/** The attributes of a read as texts; deletion marks as undefined. */
export function textsOf({ record }: ReadResult): Record<string, string | undefined> | undefined {
  if (record === undefined) return undefined;
  const texts = [...record.attributes].map(([name, { bytes }]): [string, string | undefined] => [
    name,
    bytes === undefined ? undefined : new TextDecoder().decode(bytes),
  ]);
  return Object.fromEntries(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Waits until `holds` does, for a minute at most: first in each turn of the event loop, then at
 * growing intervals.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  for (let look = 0; !(await holds()); look++) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    if (look < 20) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, Math.min(look - 19, 20)));
  }
}
