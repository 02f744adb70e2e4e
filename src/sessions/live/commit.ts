import { PersistError } from "../../errors.ts";
import { type Changes, isEmpty, type LiveState, written } from "../../state/index.ts";
import type { RecordWrite, WriteOutcome, WriteResult } from "../../store/index.ts";
import { mergeBase, mergeInRounds, recordWrite, writeStates } from "../records/index.ts";
import type { LiveSession } from "./live-session.ts";
import { beginner, isTouchDue, noteWritten, ownerOf, touch } from "./renewal.ts";
import type { Scope } from "../scope.ts";

interface Pending {
  readonly state: LiveState;
  readonly changes: Changes;
}

/**
 * Writes all changes: those of one owner in one atomic write. Stores the rest first, then reports
 * what cannot be stored. Drops changes that came too late, with an event. Runs within the session's
 * queue.
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
        const pending = collect(live, some, failures);
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

/**
 * Two copies of one class (two bundles, a hot reload) may hold one record: those are written one
 * after the other.
 */
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

function commitOwner(
  live: LiveSession,
  scope: Scope,
  owner: string,
  first: Pending[],
): Promise<undefined> {
  const { engine } = live;
  let pending = first;
  return mergeInRounds(async (withDefaults) => {
    if (!withDefaults) for (const { state, changes } of pending) leaveOutDefaults(state, changes);
    const writes = pending.map(({ state, changes }) => writeOf(state, changes));
    let result;
    try {
      const terms = { user: beginner(live, scope.session) };
      result = await writeStates(engine, ownerOf(live, owner), writes, terms);
    } catch (error) {
      takeBack(pending);
      throw error;
    }
    if (result.owner === "ended" && owner === live.owner) {
      takeBack(pending);
      // The scope commits again, there.
      if (await scope.session.goOnAfterLogin(live, scope)) return undefined;
    }
    noteResult(live, scope, owner, pending, writes, result);
    const waiting = takeBackUnwritten(live, pending, result.outcomes);
    for (const state of waiting) await refresh(live, state);
    pending = collect(
      live,
      waiting.filter((state) => state.over === undefined),
      [],
    );
    return pending.length === 0 ? undefined : "conflict";
  });
}

function leaveOutDefaults({ snapshot }: LiveState, { defaults }: Changes): void {
  if (snapshot !== undefined) defaults.clear();
}

/** The changes are still to be written. */
function takeBack(pending: readonly Pending[]): void {
  for (const { state, changes } of pending) state.reject(changes);
}

/** @throws PersistError `ERR_HEADERS_SENT`, with the changes still to be written */
function refuseOutOfReach(live: LiveSession, owner: string, pending: readonly Pending[]): void {
  try {
    const [first] = pending;
    live.checkReach(owner, `A change of ${first?.state.registration.stateClass.name}`);
  } catch (error) {
    takeBack(pending);
    throw error;
  }
}

/** Takes back the changes that were not written. @returns the states that may try again */
function takeBackUnwritten(
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

function collect(live: LiveSession, states: LiveState[], failures: PersistError[]): Pending[] {
  const pending: Pending[] = [];
  for (const state of states) {
    const changes = state.collect(live.engine.limits.attribute);
    failures.push(...changes.failures);
    if (!isEmpty(changes)) pending.push({ state, changes });
  }
  return pending;
}

function noteResult(
  live: LiveSession,
  scope: Scope,
  owner: string,
  pending: readonly Pending[],
  writes: readonly RecordWrite[],
  result: WriteResult,
): void {
  noteWritten(live, owner, result.owner);
  // If another tab's scope overlaps, some of these changes may be that tab's, and this session must
  // be told about them.
  const watches = live.isOnlyOf(scope.session) ? scope.session.watches : undefined;
  for (const [at, { state, changes }] of pending.entries()) {
    const [outcome, write] = [result.outcomes[at], writes[at]];
    if (outcome?.outcome !== "written" || write === undefined) continue;
    const { registration } = state;
    const { version } = registration;
    const snapshot = written(state.snapshot, outcome, version, write.set, changes.remove);
    // It was checked before it was stored, and it is all there is. What was deleted may be what the
    // schema completes at the next read.
    if (snapshot.version === outcome.version && changes.remove.length === 0)
      registration.schema?.note(snapshot);
    state.acknowledge(changes, snapshot);
    live.engine.cache.put(owner, registration.key, snapshot);
    for (const watch of watches ?? []) watch.wrote(owner, registration, outcome);
  }
}

function writeOf(state: LiveState, changes: Changes): RecordWrite {
  return exactWriteOf(state, changes, mergeBase(state.snapshot?.version, changes.defaults));
}

/**
 * Makes the write of a state's changes. @param base - what the record must still be; undefined
 * merges
 */
export function exactWriteOf(
  { registration, epoch, snapshot }: LiveState,
  { set, defaults, remove }: Changes,
  base: RecordWrite["base"],
): RecordWrite {
  const { key, version: schema, ttl } = registration;
  const all = defaults.size === 0 ? set : new Map([...set, ...defaults]);
  const known = { state: key, epoch, seals: snapshot?.seals };
  return recordWrite(known, { schema, ttl, set: all, remove }, base);
}

async function refresh(live: LiveSession, state: LiveState): Promise<void> {
  const loaded = await live.read(state.registration, state.owner);
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

/**
 * Reports changes made after a clear, once. The scope that cleared knows about it, and gets no
 * report.
 */
function reportLate(live: LiveSession, scope: Scope): void {
  for (const state of live.superseded) {
    if (state.over?.by !== scope) dropIfChanged(live, state);
  }
}

/** Drops a state whose life turned out to be over, if that loses changes. */
function dropIfChanged(live: LiveSession, state: LiveState): void {
  if (!isEmpty(state.collect())) dropState(live, state);
}

/** Drops a state with its changes, and reports it by an event and a log line. */
function dropState(live: LiveSession, state: LiveState): void {
  state.over ??= { by: "elsewhere" };
  live.states = live.states.filter((other) => other !== state);
  live.superseded = live.superseded.filter((other) => other !== state);
  live.engine.cache.delete(state.owner, state.registration.key);
  const reason =
    live.ended !== undefined && state.owner === live.owner ? "session-ended" : "cleared";
  live.engine.events.emit("dropped", { state: state.registration.key, reason });
  live.engine.warn(
    `late changes to ${state.registration.stateClass.name} were not stored: ` +
      (reason === "cleared" ? "the state was cleared meanwhile" : "the session ended meanwhile"),
  );
}
