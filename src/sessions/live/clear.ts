import { newSessionId } from "../../identity/index.ts";
import type { Registration } from "../../state/index.ts";
import { endRecord, endRecords, mayHaveRecords } from "../records/index.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import type { Scope } from "../scope.ts";

/** Ends the life of one record. From now on, the object of the clearing scope refuses assignments. */
export async function clearState(
  live: LiveSession,
  scope: Scope,
  registration: Registration,
  owner: string,
): Promise<void> {
  const { engine } = live;
  await live.queue.run(async () => {
    const held = live.find(registration, owner);
    const isLasting = live.known || live.owners.get(owner)?.status === "living";
    if (await mayHaveRecords(engine, owner, isLasting))
      await endRecord(engine, owner, registration.key);
    for (const watch of scope.session.watches ?? []) watch.cleared(owner, registration);
    engine.cache.delete(owner, registration.key);
    scope.restored.delete(registration);
    if (held === undefined) return;
    held.settle();
    live.supersede(held, scope);
  });
}

/**
 * Ends the session: its records and its token. A user's states stay, and their pending changes are saved.
 * @returns the fresh session that the scope goes on with
 */
export async function clearSession(old: LiveSession, scope: Scope): Promise<LiveSession> {
  for (const state of old.states.filter(({ owner }) => owner === old.owner)) {
    state.settle();
    old.supersede(state, scope);
  }
  await old.commit(scope);
  return await old.queue.run(async () => {
    const { engine } = old;
    if (await mayHaveRecords(engine, old.owner, old.known || old.stored))
      await endRecords(engine, old.id);
    old.end("cleared");
    const live = new LiveSession(engine, newSessionId(), false);
    await handOver(old, live);
    return scope.join(live);
  });
}
