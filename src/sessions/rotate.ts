import type { Login } from "./beginnings.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import { moveSession } from "./move.ts";
import type { Scope } from "./scope.ts";

/** Gives the session of a scope another id; its states go on under that. Requests still under way with the old one store nothing more. */
export async function rotateSession(
  old: LiveSession,
  scope: Scope,
  login?: Login,
): Promise<LiveSession> {
  await scope.commit();
  return await old.queue.run(async () => {
    // Another scope's login has taken this one along.
    if (login !== undefined && scope.live !== old && scope.live !== undefined) return scope.live;
    const { id, expiresAt } = await moveSession(old.engine, old.id, login);
    const live = new LiveSession(old.engine, id, old.known);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}
