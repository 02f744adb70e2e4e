import { browserOwner, type Engine } from "../../../sessions/engine.ts";
import { sessionEnded } from "../../../sessions/live-session.ts";
import type { Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { OwnerKind } from "../life.ts";
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

/**
 * Whether the session that owns a record has ended. A tab's records are stored under an owner of their own, so the session's is asked;
 * a user's records outlive every session.
 */
export async function hasEnded(
  { store }: Engine,
  session: ServedSession,
  kind: OwnerKind,
  owner: string,
): Promise<boolean> {
  if (kind === "user") return false;
  if (owner === "ended") return true;
  return kind === "tab" && (await store.owner(browserOwner(session.id))).owner === "ended";
}
