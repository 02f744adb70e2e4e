import { sessionTooLarge } from "../refusals.ts";
import { PersistError } from "../../errors.ts";
import type {
  OwnerInfo,
  OwnerStatus,
  ReadResult,
  StoredAttribute,
  WriteOutcome,
  WriteResult,
} from "../store.ts";
import { decodeName } from "./names.ts";

/**
 * What `read` answered. The line is "status expiresAt epoch", of a living record also "version
 * schema expiresAt whole", and then version and size of each attribute; the size of a deletion mark
 * is -1.
 */
export function readReply(reply: unknown): ReadResult {
  const [line, ...parts] = listOf(reply);
  const [status = "", ...words] = textOf(line).split(" ");
  const [expiresAt = 0, epoch = 0, version, schema = 0, recordExpiry = 0, isWhole, ...sizes] =
    words.map(Number);
  const result = { owner: status as OwnerStatus, expiresAt, epoch };
  if (version === undefined) return { ...result, record: undefined };
  const attributes = new Map<string, StoredAttribute>();
  let at = 0;
  for (let i = 0; i < sizes.length; i += 2) {
    const name = decodeName(textOf(parts[at++]));
    const bytes = (sizes[i + 1] ?? 0) < 0 ? undefined : ownBytes(parts[at++]);
    attributes.set(name, { version: sizes[i] ?? 0, bytes });
  }
  return {
    ...result,
    record: {
      epoch,
      version,
      schema,
      ...(recordExpiry === 0 ? {} : { expiresAt: recordExpiry }),
      whole: isWhole === 1,
      attributes,
    },
  };
}

/** Parses the answer of `write`: "living" or "ended", and an outcome for each write. */
export function writeReply(reply: unknown, maxBytes: number | undefined): WriteResult {
  const [owner, ...outcomes] = textOf(reply).split(" ");
  if (owner === "large") {
    throw sessionTooLarge(outcomes[0] ?? "too many", maxBytes);
  }
  return { owner: owner === "ended" ? "ended" : "living", outcomes: outcomes.map(outcomeOf) };
}

function outcomeOf(word: string): WriteOutcome {
  if (word === "c") return { outcome: "conflict" };
  if (word === "e") return { outcome: "ended" };
  const [, epoch = "", version = "", previous = ""] = word.split(":");
  return {
    outcome: "written",
    epoch: Number(epoch),
    version: Number(version),
    previous: Number(previous),
  };
}

/** Parses the answer of `owner`, with the bytes of its values. */
export function ownerReply(reply: unknown): OwnerInfo & { readonly bytes: number } {
  const [line, ...states] = listOf(reply);
  const [owner = "", version, expiresAt, bytes] = textOf(line).split(" ");
  return {
    owner: owner as OwnerStatus,
    version: Number(version),
    expiresAt: Number(expiresAt),
    states: states.map((state) => decodeName(textOf(state))),
    bytes: Number(bytes),
  };
}

export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected();
}

/** A string of a reply: a Buffer, or text if the client has settings of its own. */
export function textOf(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString("utf8");
  if (typeof part === "string") return part;
  throw unexpected();
}

/**
 * A copy of the bytes: a client's buffers are parts of larger ones, which they would keep in
 * memory.
 */
function ownBytes(part: unknown): Uint8Array {
  if (!Buffer.isBuffer(part)) throw unexpected();
  if (part.byteLength * 2 < part.buffer.byteLength) return Uint8Array.from(part);
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

function unexpected(): PersistError {
  return new PersistError(
    "ERR_STORE_UNAVAILABLE",
    "The Redis client gave a reply of an unexpected type. Give one that sends commands as they are, without transforming replies.",
  );
}
