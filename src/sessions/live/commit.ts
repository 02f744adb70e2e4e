import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import { staleSeals } from "../../identity/index.ts";
import { type Changes, isEmpty, type LiveState, written } from "../../state/index.ts";
import type { RecordWrite, WriteOutcome, WriteResult } from "../../store/index.ts";
import { recordExpiry, type StoredChanges, tellCommit } from "../records/index.ts";
import type { LiveSession } from "./live-session.ts";
import { dropIfChanged, dropState, reportLate } from "./late.ts";
import { beginningWrite, expiry, isTouchDue, noteWritten, touch } from "./renewal.ts";
import type { Scope } from "../scope.ts";

interface Pending {
  readonly state: LiveState;
  readonly changes: Changes;
}

// After so many conflicts on a first write, the defaults are left out. Without them nothing can conflict.
const ROUNDS_WITH_DEFAULTS = 8;

/**
 * Writes all changes: those of one owner in one atomic write. Reports what cannot be stored after the rest is stored. Drops
 * changes that came too late, with an event. Runs within the session's queue.
 */
export async function commitStates(live: LiveSession, scope: Scope): Promise<void> {
  reportLate(live, scope);
  if (live.ended === undefined && live.engine.beginnings.isOver(live.id)) live.expire();
  const failures: PersistError[] = [];
  const owners = ownersOf(live);
  for (const owner of owners) {
    const states = live.states.filter((state) => state.owner === owner);
    if (live.ended === undefined || owner !== live.owner) {
      for (const some of withoutTwins(states)) {
        const pending = collect(live, some, true, failures);
        if (pending.length === 0) continue;
        refuseOutOfReach(live, owner, pending);
        await commitOwner(live, scope, owner, pending);
      }
    } else {
      for (const state of states) dropIfChanged(live, state);
    }
  }
  for (const owner of live.ended === undefined ? owners : [])
    if (isTouchDue(live, owner)) await touch(live, owner, scope);
  if (failures.length > 0) throw combine(failures);
}

function ownersOf({ states }: LiveSession): Iterable<string> {
  const [first] = states;
  if (first === undefined) return [];
  // Nearly always there is one.
  if (states.every(({ owner }) => owner === first.owner)) return [first.owner];
  return new Set(states.map(({ owner }) => owner));
}

/** Two copies of one class (two bundles, a hot reload) may hold one record: those are written one after the other. */
function withoutTwins(states: LiveState[]): LiveState[][] {
  const parts: LiveState[][] = [];
  for (const state of states) {
    const { key } = state.registration;
    const part = parts.find((some) => some.every(({ registration }) => registration.key !== key));
    if (part === undefined) parts.push([state]);
    else part.push(state);
  }
  return parts;
}

async function commitOwner(
  live: LiveSession,
  scope: Scope,
  owner: string,
  first: Pending[],
): Promise<void> {
  let pending = first;
  for (let round = 1; pending.length > 0; round++) {
    const { store, limits } = live.engine;
    const started = performance.now();
    let result;
    try {
      const beginning = beginningWrite(live, owner, scope.session);
      const writes = pending.map(({ state, changes }) => recordWrite(state, changes));
      result = await store.write(owner, [...writes, ...beginning], {
        commitId: randomUUID(),
        expiresAt: expiry(live, owner),
        maxBytes: limits.session,
      });
      if (beginning.length > 0)
        live.engine.beginnings.written(live.id, result.outcomes[writes.length]);
    } catch (error) {
      for (const { state, changes } of pending) state.reject(changes);
      throw error;
    }
    if (result.owner === "ended" && owner === live.owner) {
      for (const { state, changes } of pending) state.reject(changes);
      // The scope commits again, there.
      if (await scope.session.goOnAfterLogin(live, scope)) return;
    }
    noteResult(live, scope, owner, pending, result, started);
    const waiting = settle(live, pending, result.outcomes);
    if (waiting.length === 0) return;
    for (const state of waiting) await refresh(live, state);
    pending = collect(
      live,
      waiting.filter((state) => state.over === undefined),
      round < ROUNDS_WITH_DEFAULTS,
      [],
    );
  }
}

/** @throws PersistError `ERR_HEADERS_SENT`, with the changes still to be written */
function refuseOutOfReach(live: LiveSession, owner: string, pending: readonly Pending[]): void {
  try {
    const [first] = pending;
    live.checkReach(owner, `A change of ${first?.state.registration.stateClass.name}`);
  } catch (error) {
    for (const { state, changes } of pending) state.reject(changes);
    throw error;
  }
}

/** Takes back the changes that were not written. @returns the states that may try again */
function settle(
  live: LiveSession,
  pending: readonly Pending[],
  outcomes: readonly WriteOutcome[],
): LiveState[] {
  const waiting: LiveState[] = [];
  for (const [at, { state, changes }] of pending.entries()) {
    const outcome = outcomes[at]?.outcome;
    if (outcome === "written") continue;
    state.reject(changes);
    if (outcome === "conflict") waiting.push(state);
    else dropState(live, state);
  }
  return waiting;
}

function collect(
  live: LiveSession,
  states: LiveState[],
  withDefaults: boolean,
  failures: PersistError[],
): Pending[] {
  const pending: Pending[] = [];
  for (const state of states) {
    const changes = state.collect(live.engine.limits.attribute);
    failures.push(...changes.failures);
    if (!withDefaults && state.snapshot !== undefined) changes.defaults.clear();
    if (!isEmpty(changes)) pending.push({ state, changes });
  }
  return pending;
}

function noteResult(
  live: LiveSession,
  scope: Scope,
  owner: string,
  pending: readonly Pending[],
  result: WriteResult,
  started: number,
): void {
  const { engine } = live;
  noteWritten(live, owner, result.owner);
  // If another tab's scope overlaps, some of these changes may be that tab's, and this session must be told of them.
  const watches = live.isOnlyOf(scope.session) ? scope.session.watches : undefined;
  const stored: StoredChanges[] = [];
  for (const [at, { state, changes }] of pending.entries()) {
    const outcome = result.outcomes[at];
    if (outcome?.outcome !== "written") continue;
    const set = all(changes);
    const { registration } = state;
    const snapshot = written(state.snapshot, outcome, registration.version, set, changes.remove);
    state.acknowledge(changes, snapshot);
    engine.cache.put(owner, registration.key, snapshot);
    for (const watch of watches ?? []) watch.wrote(owner, registration, outcome);
    stored.push({ state: registration.key, set, remove: changes.remove });
  }
  tellCommit(engine, stored, started);
}

/** All values to store: the changes, and the defaults that go along. */
function all({ set, defaults }: Changes): ReadonlyMap<string, Uint8Array> {
  return defaults.size === 0 ? set : new Map([...set, ...defaults]);
}

function recordWrite(state: LiveState, changes: Changes): RecordWrite {
  const { snapshot } = state;
  // Defaults must not replace what another writer has stored meanwhile.
  const base =
    snapshot === undefined ? "absent" : changes.defaults.size > 0 ? snapshot.version : undefined;
  return recordWriteOn(base, state, changes);
}

/** Makes the write of a state's changes. @param base - what the record must still be; undefined merges */
export function recordWriteOn(
  base: RecordWrite["base"],
  { registration, epoch, snapshot }: LiveState,
  changes: Changes,
): RecordWrite {
  const set = all(changes);
  const { remove } = changes;
  const seals = snapshot?.seals;
  const stale = seals?.size ? staleSeals({ set, remove }, (name) => seals.has(name)) : [];
  return {
    state: registration.key,
    epoch,
    // A merge keeps the stored schema: a newer release may have migrated the record since this code read it.
    ...(base === undefined ? {} : { base, schema: registration.version }),
    expiresAt: recordExpiry(registration.ttl),
    set,
    remove: stale.length === 0 ? remove : [...remove, ...stale],
  };
}

async function refresh(live: LiveSession, state: LiveState): Promise<void> {
  const loaded = await live.look(state.registration, state.owner);
  if (loaded === "ended" || loaded.snapshot === undefined) dropState(live, state);
  else state.absorb(loaded.snapshot);
}

function combine(failures: PersistError[]): PersistError {
  const [first] = failures as [PersistError];
  if (failures.length === 1) return first;
  return new PersistError(first.code, failures.map(({ message }) => message).join("\n"), {
    cause: first,
  });
}
