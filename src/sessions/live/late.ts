import { isEmpty, type LiveState } from "../../state/index.ts";
import type { LiveSession } from "./live-session.ts";
import type { Scope } from "../scope.ts";

/** Reports changes made after a clear, once. The scope that cleared is not told: it knows. */
export function reportLate(live: LiveSession, scope: Scope): void {
  for (const state of live.superseded) {
    if (state.over?.by !== scope) dropIfChanged(live, state);
  }
}

/** Drops a state whose life turned out to be over, if that loses changes. */
export function dropIfChanged(live: LiveSession, state: LiveState): void {
  if (!isEmpty(state.collect())) dropState(live, state);
}

/** Drops a state with its changes, and reports it by an event and a log line. */
export function dropState(live: LiveSession, state: LiveState): void {
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
