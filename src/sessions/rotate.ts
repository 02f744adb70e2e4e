import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import { moveSession } from "./move.ts";
import type { Scope } from "./scope.ts";

/** Gives the session of a scope another id; its states go on under that. Requests still under way with the old one store nothing more. */
export async function rotateSession(old: LiveSession, scope: Scope): Promise<LiveSession> {
  await old.commit(scope);
  return await old.queue.run(async () => {
    const { id, expiresAt } = await moveSession(old.engine, old.id);
    const live = new LiveSession(old.engine, id, old.known);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}
