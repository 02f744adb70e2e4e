import { newSessionId } from "../../identity/index.ts";
import type { Registration } from "../../state/index.ts";
import {
  endRecord,
  endRecords,
  type Login,
  mayHaveRecords,
  moveSession,
  userMark,
} from "../records/index.ts";
import type { Scope } from "../scope.ts";
import { LiveSession } from "./live-session.ts";

/**
 * Ends the life of one record. From now on, the object of the clearing scope refuses assignments.
 */
export async function clearState(
  live: LiveSession,
  scope: Scope,
  registration: Registration,
  owner: string,
): Promise<void> {
  const { engine } = live;
  await live.queue.run(async () => {
    const held = live.find(registration, owner);
    const isLasting = live.tokenSeen || live.owners.get(owner)?.status === "living";
    if (await mayHaveRecords(engine, owner, isLasting))
      await endRecord(engine, owner, registration.key);
    for (const watch of scope.session.watches ?? []) watch.cleared(owner, registration);
    engine.cache.delete(owner, registration.key);
    scope.restored.delete(registration);
    if (held === undefined) return;
    held.forgetChanges();
    live.supersede(held, scope);
  });
}

/**
 * Ends the session: its records and its token. A user's states stay, and their pending changes are
 * saved.
 * @returns the fresh session that the scope goes on with
 */
export async function clearSession(old: LiveSession, scope: Scope): Promise<LiveSession> {
  for (const state of old.states.filter(({ owner }) => owner === old.owner)) {
    state.forgetChanges();
    old.supersede(state, scope);
  }
  await old.commit(scope);
  return await old.queue.run(async () => {
    const { engine } = old;
    if (await mayHaveRecords(engine, old.owner, old.tokenSeen || old.stored))
      await endRecords(engine, old.id);
    old.end("cleared");
    const live = new LiveSession(engine, newSessionId(), false);
    await handOver(old, live);
    return scope.join(live);
  });
}

/**
 * Gives the session of a scope another id, under which its states go on. Requests under way with
 * the old id store nothing more.
 */
export async function rotateSession(
  old: LiveSession,
  scope: Scope,
  login: Login | boolean = false,
): Promise<LiveSession> {
  const { engine, id: oldId } = old;
  const begins = login === true ? { user: userMark(engine.ring, scope.session.userText()) } : login;
  await scope.commit();
  return await old.queue.run(async () => {
    // Another scope's login has already moved this session.
    if (typeof login === "object" && scope.live !== old && scope.live !== undefined)
      return scope.live;
    const { id, expiresAt } = await moveSession(
      engine,
      oldId,
      begins === false ? undefined : begins,
    );
    const live = new LiveSession(old.engine, id, old.tokenSeen);
    engine.rotations.note(oldId);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}

/**
 * The objects of a scope continue under the session's new id (a user's objects under the user's, as
 * before).
 * @param late - others may have written there since: what this process has not changed follows them
 */
export async function handOver(old: LiveSession, live: LiveSession, late = false): Promise<void> {
  for (const state of old.states) {
    const own = state.owner === old.owner;
    state.holder = live;
    if (own) state.owner = live.owner;
    live.states.push(state);
    const loaded = await live.read(state.registration, state.owner);
    if (!own || loaded === "ended") continue;
    if (loaded.snapshot === undefined) state.epoch = loaded.epoch;
    else if (late) state.absorb(loaded.snapshot);
    else state.rebase(loaded.snapshot);
  }
  old.states = [];
}
