import { PersistError } from "../../errors.ts";
import type {
  EndedOwner,
  OwnerInfo,
  OwnerStatus,
  ReadResult,
  SessionInfo,
  StoredAttribute,
  SweepResult,
  WriteOutcome,
  WriteResult,
} from "../store.ts";
import type { Row } from "./client.ts";
import { decodeName } from "./names.ts";

/** "t": the bytes as Latin-1, "b": as base64, "-": a deletion mark. */
type Kind = "t" | "b" | "-";

type Head = [
  owner: OwnerStatus,
  expiresAt: number,
  epoch: number,
  version?: number,
  schema?: number,
  recordExpiry?: number,
  whole?: boolean,
  attributes?: [name: string, version: number, length: number | null, kind: Kind][],
];

export function readReply([row]: readonly Row[]): ReadResult {
  const head = parse(row?.["head"]) as Head;
  const [owner, expiresAt, epoch, version, schema = 0, recordExpiry = 0, whole = true, found = []] =
    head;
  if (version === undefined) return { owner, expiresAt, epoch, record: undefined };
  const body = row?.["body"] ?? "";
  if (typeof body !== "string") throw unexpected();
  const attributes = new Map<string, StoredAttribute>();
  let at = 0;
  for (const [name, version, length, kind] of found) {
    const text = body.slice(at, (at += length ?? 0));
    attributes.set(decodeName(name), { version, bytes: bytesOf(text, kind) });
  }
  const expiry = recordExpiry === 0 ? {} : { expiresAt: recordExpiry };
  const record = { epoch, version, schema, ...expiry, whole, attributes };
  return { owner, expiresAt, epoch, record };
}

function bytesOf(text: string, kind: Kind): Uint8Array | undefined {
  if (kind === "-") return undefined;
  const { buffer, byteOffset, length } = Buffer.from(text, kind === "t" ? "latin1" : "base64");
  return new Uint8Array(buffer, byteOffset, length);
}

export function writeReply(rows: readonly Row[]): WriteResult {
  const [owner, outcomes] = resultOf(rows) as [
    "living" | "ended",
    [kind: "w" | "c" | "e", epoch: number, version: number, previous: number][],
  ];
  return {
    owner,
    outcomes: outcomes.map(([kind, epoch, version, previous]): WriteOutcome => {
      if (kind === "w") return { outcome: "written", epoch, version, previous };
      return { outcome: kind === "c" ? "conflict" : "ended" };
    }),
  };
}

export function ownerReply(rows: readonly Row[]): OwnerInfo {
  const reply = resultOf(rows) as [OwnerStatus, number, number, string[]];
  const [owner, version, expiresAt, states] = reply;
  return { owner, version, expiresAt, states: states.map(decodeName) };
}

/** What one step of a sweep did. */
export function sweepReply(rows: readonly Row[]): SweepResult & {
  readonly seen: number;
  /** Whether there are more remembered commits to delete. Those are not counted as removed. */
  readonly forgetful: boolean;
} {
  const [removed, seen, more, forgetful] = resultOf(rows) as [number, number, boolean, boolean];
  return { removed, seen, more, forgetful };
}

/** Parses a page of the listing: the key of its last owner, and the living owners. */
export function listReply(rows: readonly Row[]): { last: string | null; found: SessionInfo[] } {
  const found: SessionInfo[] = [];
  let last: string | null = null;
  for (const row of rows) {
    const [key, label, living, bytes, expiresAt, states] = parse(row["result"]) as [
      string,
      string | null,
      boolean,
      number,
      number,
      string[] | null,
    ];
    last = key;
    if (!living) continue;
    const names = (states ?? []).map(decodeName);
    found.push({ owner: decodeName(label ?? key), states: names, bytes, expiresAt });
  }
  return { last, found };
}

/** Parses a page of ended owners: the key of the last one, and the owners. */
export function endedReply(rows: readonly Row[]): { last: string; found: EndedOwner[] } {
  const found: EndedOwner[] = [];
  let last = "";
  for (const row of rows) {
    last = row["owner"] as string;
    const name = (row["label"] ?? last) as string;
    found.push({ owner: decodeName(name), until: Number(row["expires_at"]) });
  }
  return { last, found };
}

/** Parses what has changed of an owner since a version. */
export function changedReply(rows: readonly Row[]): {
  status: OwnerStatus;
  version: number;
  states: string[];
} {
  const [status, version, states] = resultOf(rows) as [OwnerStatus, number, string[]];
  return { status, version, states: states.map(decodeName) };
}

export function textReply([row]: readonly Row[]): string {
  const result = row?.["result"];
  if (typeof result !== "string") throw unexpected();
  return result;
}

function resultOf([row]: readonly Row[]): unknown {
  return parse(row?.["result"]);
}

function parse(text: unknown): unknown {
  if (typeof text !== "string") throw unexpected();
  return JSON.parse(text);
}

function unexpected(): PersistError {
  return new PersistError(
    "ERR_STORE_UNAVAILABLE",
    "The PostgreSQL client gave a reply of an unexpected type. Give a Pool or a Client of pg that does not transform replies.",
  );
}
