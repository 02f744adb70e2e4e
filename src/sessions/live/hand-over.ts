import type { LiveSession } from "./live-session.ts";

/**
 * The objects that a scope works on go on under the session's new id (a user's under the user's, as before).
 * @param late - others may have written there since: what this process has not changed follows them
 */
export async function handOver(old: LiveSession, live: LiveSession, late = false): Promise<void> {
  for (const state of old.states) {
    const own = state.owner === old.owner;
    state.holder = live;
    if (own) state.owner = live.owner;
    live.states.push(state);
    const loaded = await live.look(state.registration, state.owner);
    if (!own || loaded === "ended") continue;
    if (loaded.snapshot === undefined) state.epoch = loaded.epoch;
    else if (late) state.absorb(loaded.snapshot);
    else state.rebase(loaded.snapshot);
  }
  old.states = [];
}
