import { sealedAttribute } from "../identity/index.ts";
import type { RecordPoint, StoredRecord } from "../store/index.ts";

/**
 * One stored attribute. All scopes that see the same version share it, so it also keeps what was
 * computed once: whether the bytes are those of this process's encoder, and the frozen value.
 */
export interface Cell {
  readonly version: number;
  /** `undefined`: deleted. Never modified. */
  readonly bytes: Uint8Array | undefined;
  /** Whether this process's encoder gives exactly these bytes for this value. */
  canonical: boolean;
  /** The value, if all may share it: a short primitive, or frozen deeply for `peek`. */
  frozen?: { readonly value: unknown };
}

/**
 * A record at one moment, as bytes. Immutable: a newer one is a new object that shares the
 * unchanged cells.
 */
export interface Snapshot extends RecordPoint {
  readonly schema: number;
  readonly cells: ReadonlyMap<string, Cell>;
  /** The attributes that have the number of a seal beside them, which is no attribute itself. */
  readonly seals: ReadonlySet<string>;
  /** Bytes of all values. */
  readonly size: number;
}

const NO_SEALS: ReadonlySet<string> = new Set();

/**
 * Makes the next snapshot from a store's answer: a whole record, or what has changed since `known`.
 */
export function advance(known: Snapshot | undefined, record: StoredRecord): Snapshot {
  if (!record.whole && record.attributes.size === 0 && known !== undefined) {
    if (known.version === record.version && known.schema === record.schema) return known;
  }
  const cells = new Map(record.whole ? undefined : known?.cells);
  let seals = (record.whole ? undefined : known?.seals) ?? NO_SEALS;
  for (const [name, { version, bytes }] of record.attributes) {
    const sealed = sealedAttribute(name);
    if (sealed === undefined) cells.set(name, { version, bytes, canonical: false });
    else seals = bytes === undefined ? without(seals, [sealed]) : new Set(seals).add(sealed);
  }
  return build(record, record.schema, cells, seals);
}

/**
 * Makes the next snapshot after the store has acknowledged a write of this process at `point`. If
 * another process has written in between (`previous` differs from the known version), the snapshot
 * keeps the known version, so the next read brings the other's changes.
 */
export function written(
  known: Snapshot | undefined,
  point: RecordPoint & { readonly previous: number },
  schema: number,
  set: ReadonlyMap<string, Uint8Array>,
  remove: readonly string[],
): Snapshot {
  const base = known?.epoch === point.epoch ? known : undefined;
  const cells = new Map(base?.cells);
  for (const [name, bytes] of set)
    cells.set(name, { version: point.version, bytes, canonical: true });
  for (const name of remove)
    cells.set(name, { version: point.version, bytes: undefined, canonical: true });
  const seen = base?.version ?? 0;
  const version = point.previous === seen ? point.version : seen;
  const seals = without(base?.seals ?? NO_SEALS, [...set.keys(), ...remove]);
  return build({ epoch: point.epoch, version }, schema, cells, seals);
}

/** The same record with other cells: as the app is to see it. */
export function withCells(snapshot: Snapshot, cells: ReadonlyMap<string, Cell>): Snapshot {
  return build(snapshot, snapshot.schema, cells, snapshot.seals);
}

function without(seals: ReadonlySet<string>, names: readonly string[]): ReadonlySet<string> {
  return seals.size === 0 ? seals : new Set([...seals].filter((name) => !names.includes(name)));
}

function build(
  point: RecordPoint,
  schema: number,
  cells: ReadonlyMap<string, Cell>,
  seals: ReadonlySet<string>,
): Snapshot {
  let size = 0;
  for (const cell of cells.values()) size += cell.bytes?.length ?? 0;
  return { epoch: point.epoch, version: point.version, schema, cells, seals, size };
}
