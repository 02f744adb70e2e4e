import { PersistError } from "../../../errors.ts";
import {
  browserOwner,
  type Engine,
  expireIfOver,
  isUnopened,
  readFor,
  renew,
  report,
  tabOwner,
  userOwner,
} from "../../../sessions/records/index.ts";
import {
  isSealedFormat,
  isSealName,
  openSealed,
  type StoredAttributes,
} from "../../../identity/index.ts";
import type { ReadResult } from "../../../store/index.ts";
import type { Answer, Context } from "../context.ts";
import { malformed } from "../frames.ts";
import type { Handle } from "../handle.ts";
import { type Life, type OwnerKind, ownerOf } from "../life.ts";
import type { Known, Request } from "../request.ts";
import { foundEnded } from "./ended.ts";

/**
 * Gives the record, or what has changed since the client last saw it: by one round trip, or without
 * waiting from an embedded store.
 */
export async function restore(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const { engine } = context;
  const kind = ownerKind(request);
  const state = request.state();
  const known = request.knownPoint();
  for (;;) {
    const session = handle.living();
    if (kind !== "user" && expireIfOver(engine, session.id)) continue;
    const owner = ownerOf(kind, ownerKey(handle, kind, state, request), session);
    const { found, isEnded } = await readFor(engine, owner, state, known);
    if (isEnded && kind !== "user") {
      await foundEnded(context, handle, session);
      continue;
    }
    // Another handle of the tab has moved the session meanwhile.
    if (handle.session !== session) continue;
    // The session is used, so it lasts longer. The restore does not wait for that.
    renew(engine, owner, found).catch((error: unknown) => report(engine, error));
    const life = handle.take(kind, owner.key, state, found);
    engine.events.emit("restore", { state, fresh: found.record === undefined });
    return answer(engine, handle, life, found, known);
  }
}

function ownerKind(request: Request): OwnerKind {
  const kind = request.optionalText("owner") ?? "browser";
  if (kind === "browser" || kind === "user" || kind === "tab") return kind;
  throw malformed('"browser", "user" or "tab" as owner');
}

function ownerKey(handle: Handle, kind: OwnerKind, state: string, request: Request): string {
  if (kind === "browser") return browserOwner(handle.session.id);
  if (kind === "tab") return tabOwner(handle.session.id, handle.tabKey);
  const user = request.user();
  if (user !== undefined && user.subject !== "") return userOwner(user, state);
  throw new PersistError(
    "ERR_NO_USER",
    `The state "${state}" belongs to the signed-in user, and no user is signed in here. Use it only if st.user.is_logged_in.`,
  );
}

function answer(
  engine: Engine,
  handle: Handle,
  life: Life,
  { record }: ReadResult,
  known: Known | undefined,
): Answer {
  const attributes: [string, number][] = [];
  const blobs: Uint8Array[] = [];
  const removed: [string, number][] = [];
  const refused: string[] = [];
  const stored: StoredAttributes = record?.attributes ?? new Map();
  for (const [name, { version, bytes }] of stored) {
    if (isSealName(name)) continue;
    if (bytes === undefined) {
      removed.push([name, version]);
      continue;
    }
    const place = [life.owner, life.state, name] as const;
    const opened = isSealedFormat(bytes) ? openSealed(engine.ring, place, stored) : bytes;
    if (opened === undefined || isUnopened(opened)) {
      refused.push(name);
      continue;
    }
    attributes.push([name, version]);
    blobs.push(opened);
  }
  const header = {
    life: life.id,
    session: handle.session.id,
    status: statusOf(record, known),
    epoch: life.epoch,
    version: record?.version ?? 0,
    schema: record?.schema ?? 0,
    attributes,
    removed,
    refused,
  };
  return { header, blobs };
}

function statusOf(record: ReadResult["record"], known: Known | undefined): string {
  if (record === undefined) return "absent";
  if (record.whole) return "whole";
  return record.version === known?.version && record.attributes.size === 0
    ? "unchanged"
    : "changes";
}
