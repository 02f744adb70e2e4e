import type { Login } from "./beginnings.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import { moveSession } from "./move.ts";
import { userMark } from "./login.ts";
import type { Scope } from "./scope.ts";

/** Gives the session of a scope another id, under which its states go on. Requests under way with the old id store nothing more. */
export async function rotateSession(
  old: LiveSession,
  scope: Scope,
  login: Login | boolean = false,
): Promise<LiveSession> {
  const { engine, id: oldId } = old;
  const begins = login === true ? { user: userMark(engine.ring, scope.session.userText()) } : login;
  await scope.commit();
  return await old.queue.run(async () => {
    // Another scope's login has taken this one along.
    if (typeof login === "object" && scope.live !== old && scope.live !== undefined)
      return scope.live;
    const { id, expiresAt } = await moveSession(
      engine,
      oldId,
      begins === false ? undefined : begins,
    );
    const live = new LiveSession(old.engine, id, old.known);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}
