import { sessionEnded } from "../../../sessions/records/index.ts";
import type { Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { ServedSession } from "../served-session.ts";

/**
 * The handle's session, once no move is under way. Writers wait for a move: one that finds new
 * changes each time would never end.
 * @throws PersistError `ERR_SESSION_ENDED`
 */
export async function sessionAtRest({ engine }: Context, handle: Handle): Promise<ServedSession> {
  for (let session = handle.living(); ; session = handle.living()) {
    // A move of this service, or one that a page began.
    const moving = session.moving ?? engine.moving.get(session.id);
    if (moving === undefined) return session;
    await moving.catch(() => undefined);
  }
}

/**
 * Handles a session that has ended according to the store. Returns if this process has just moved
 * the handle to another session: then the caller tries again.
 * @throws PersistError `ERR_SESSION_ENDED`
 */
export async function foundEnded(
  { servedSessions }: Context,
  handle: Handle,
  session: ServedSession,
): Promise<void> {
  await session.moving?.catch(() => undefined);
  if (handle.session !== session) return;
  servedSessions.end(session, "elsewhere");
  throw sessionEnded();
}
