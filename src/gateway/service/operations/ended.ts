import { sessionEnded } from "../../../sessions/live-session.ts";
import type { Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { ServedSession } from "../served-session.ts";

/**
 * The handle's session, when nobody is just moving it: writers wait, since a move that finds something new each time would never end.
 * @throws PersistError `ERR_SESSION_ENDED`
 */
export async function settled(handle: Handle): Promise<ServedSession> {
  for (let session = handle.living(); ; session = handle.living()) {
    if (session.moving === undefined) return session;
    await session.moving.catch(() => undefined);
  }
}

/**
 * The store says that the session has ended. Returns where this process has just moved the handle to another: then the caller tries again.
 * @throws PersistError `ERR_SESSION_ENDED`
 */
export async function foundEnded(
  { roster }: Context,
  handle: Handle,
  session: ServedSession,
): Promise<void> {
  await session.moving?.catch(() => undefined);
  if (handle.session !== session) return;
  roster.end(session, "elsewhere");
  throw sessionEnded();
}
