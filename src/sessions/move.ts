import { randomUUID } from "node:crypto";
import { isPersistError, PersistError } from "../errors.ts";
import {
  isSealedFormat,
  isSealName,
  newSessionId,
  openSealed,
  setSealed,
} from "../identity/index.ts";
import type { ClearOptions, ClearResult, RecordWrite, Store } from "../store/index.ts";
import { BEGINNING, type Login } from "./beginnings.ts";
import { browserOwner, type Engine, report, tabOwner } from "./engine.ts";
import { expiresAfter, tombstoneEnd } from "./expiry.ts";
import { tabsOf } from "./tabs.ts";

const MAX_ROUNDS = 20;

/**
 * Moves all records of a session and of its tabs to a new id, and ends the old session.
 *
 * @param login - the session begins anew, with who has just signed in
 * @returns the new id, and until when its records are kept (0 if there was nothing to move)
 * @throws PersistError `ERR_SESSION_ENDED` if it had ended already, `ERR_CONFLICT` if others keep writing
 */
export async function moveSession(
  engine: Engine,
  id: string,
  login?: Login,
): Promise<{ id: string; expiresAt: number }> {
  const newId = newSessionId();
  if (engine.beginnings.areNeeded) await engine.beginnings.moves(engine.store, id, newId, login);
  // Before, so that it is there once the old one has ended; and after, since another process may have done the same meanwhile.
  if (login?.goesTo !== undefined) await login.goesTo(newId);
  const expiresAt = await moveOwner(engine, browserOwner(id), browserOwner(newId), newId);
  await login?.goesTo?.(newId).catch((error: unknown) => report(engine, error));
  try {
    await moveTabs(engine, await tabsOf(engine, newId), id, newId);
  } catch (error) {
    report(engine, error);
  }
  return { id: newId, expiresAt };
}

/** Moves the records of tabs to their session's new id. If one tab fails, the others are still moved. */
export async function moveTabs(
  engine: Engine,
  tabs: readonly string[],
  from: string,
  to: string,
): Promise<void> {
  const moves = tabs.map(async (tab) => {
    await moveOwner(engine, tabOwner(from, tab), tabOwner(to, tab));
  });
  for (const move of await Promise.allSettled(moves))
    if (move.status === "rejected") report(engine, move.reason);
}

/**
 * Copies all records to another owner and ends the first. The end names the version that was copied: a commit that came in
 * between makes it fail, and the copy is brought up to date. A crash in between leaves a copy that expires.
 */
async function moveOwner(
  engine: Engine,
  from: string,
  to: string,
  session?: string,
): Promise<number> {
  const { store } = engine;
  const until = tombstoneEnd(engine);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { version, states, expiresAt, owner } = await store.owner(from);
    if (owner === "ended") {
      throw new PersistError(
        "ERR_SESSION_ENDED",
        "rotate() found that the session had ended: there is nothing to carry over.",
      );
    }
    await copyRecords(engine, from, to, states, round > 0, session);
    const outcome = await endOld(store, from, {
      commitId: randomUUID(),
      until,
      ifVersion: version,
    });
    if (outcome !== "cleared") continue;
    if (states.length === 0) return 0;
    const kept = session === undefined ? expiresAt : keptUntil(engine, session, expiresAt);
    // The move is done, and a failure now must not lose it: the copy lives for a day at least, and its next use extends that.
    await store.touch(to, kept).catch((error: unknown) => report(engine, error));
    return kept;
  }
  throw keptWriting();
}

/** One that begins anew may last longer than the one before it had left. */
function keptUntil(engine: Engine, session: string, expiresAt: number): number {
  const { maxLifetime } = engine.beginnings;
  return maxLifetime === undefined
    ? expiresAt
    : Math.max(expiresAt, expiresAfter(engine, true, session));
}

/** Ends the old owner. If the outcome is unknown, asks again: if the owner has ended, only the copy is left. */
async function endOld(
  store: Store,
  from: string,
  options: ClearOptions,
): Promise<ClearResult["outcome"]> {
  try {
    return (await store.clear(from, options)).outcome;
  } catch (error) {
    if (!isPersistError(error, "ERR_OUTCOME_UNKNOWN")) throw error;
    return (await store.clear(from, options)).outcome;
  }
}

function keptWriting(): PersistError {
  return new PersistError(
    "ERR_CONFLICT",
    "The session could not be given another id: others kept writing to it. Try again.",
  );
}

/** Copies the records of `from` to `to`, which no one else knows yet. Seals sealed values for their new place. */
async function copyRecords(
  engine: Engine,
  from: string,
  to: string,
  states: readonly string[],
  again: boolean,
  session: string | undefined,
): Promise<void> {
  const { store, newSessionTtl, beginnings } = engine;
  // A record that an earlier round copied and that was cleared since must not come back.
  for (const state of again ? (await store.owner(to)).states : []) {
    await store.clear(to, { state, commitId: randomUUID(), until: tombstoneEnd(engine) });
  }
  const writes: RecordWrite[] = [];
  const begun = session === undefined || states.length === 0 ? [] : beginnings.write(session);
  for (const write of begun)
    writes.push(again ? { ...write, epoch: (await store.read(to, write.state)).epoch } : write);
  for (const state of states) {
    if (state === BEGINNING && begun.length > 0) continue;
    const write = await copyOf(engine, from, to, state);
    if (write === undefined) continue;
    writes.push(again ? { ...write, epoch: (await store.read(to, state)).epoch } : write);
  }
  if (writes.length === 0) return;
  const end = session === undefined ? Infinity : beginnings.end(session);
  const expiresAt = Math.min(Date.now() + newSessionTtl, end);
  const { outcomes } = await store.write(to, writes, { commitId: randomUUID(), expiresAt });
  if (outcomes.some(({ outcome }) => outcome !== "written")) throw keptWriting();
  if (session !== undefined && begun.length > 0) beginnings.written(session, outcomes[0]);
}

/** Makes the write that creates a record of `from` under `to`. Undefined if there is nothing to copy. */
export async function copyOf(
  { store, ring }: Engine,
  from: string,
  to: string,
  state: string,
): Promise<RecordWrite | undefined> {
  const { record } = await store.read(from, state);
  if (record === undefined) return undefined;
  const set = new Map<string, Uint8Array>();
  const remove: string[] = [];
  const { attributes } = record;
  for (const [name, { bytes }] of attributes) {
    if (isSealName(name)) continue;
    if (bytes === undefined) {
      remove.push(name);
      continue;
    }
    const opened = isSealedFormat(bytes)
      ? openSealed(ring, [from, state, name], attributes)
      : undefined;
    if (opened !== undefined) setSealed(set, ring, [to, state, name], opened);
    // What is not sealed, or whose seal does not hold, stays as it is.
    else set.set(name, bytes);
  }
  return {
    state,
    epoch: 0,
    base: "absent",
    schema: record.schema,
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
    set,
    remove,
  };
}
