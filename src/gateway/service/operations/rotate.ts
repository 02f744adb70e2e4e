import { browserOwner, moveSession, report, tabOwner } from "../../../sessions/records/index.ts";
import type { ReadResult } from "../../../store/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { Life } from "../life.ts";
import type { Request } from "../request.ts";
import type { ServedSession } from "../served-session.ts";
import { sessionAtRest } from "./ended.ts";
import { credentialOf } from "./open.ts";
import { startWatching } from "./watch.ts";

/**
 * Gives the session a new id and ends the old one. The handles of the asking tab go on under the
 * new id. Those of other tabs do not: a thief of the old token could be behind them. They find the
 * session ended, and come back with the cookie that their browser has by then.
 */
export async function rotate(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const isLogin = request.flag("login");
  const old = await sessionAtRest(context, handle);
  return await exclusively(
    context,
    handle,
    "rotated",
    async () => await moveTo(context, handle, old, isLogin),
  );
}

/**
 * Moves the handle to another session by `task`. Meanwhile, requests that find the old session
 * ended wait for the outcome. The page is told before they go on.
 */
export async function exclusively(
  context: Context,
  handle: Handle,
  reason: "rotated" | "ended",
  task: () => Promise<void>,
): Promise<Answer> {
  const old = handle.session;
  const { moving } = context.engine;
  const move = async (): Promise<void> => {
    await task();
    const { session, tab } = handle;
    context.moved({ from: old.id, to: session.id, reason, tab, ephemeral: old.ephemeral });
  };
  const running = move();
  old.moving = running;
  moving.set(old.id, running);
  try {
    await running;
  } finally {
    old.moving = undefined;
    moving.delete(old.id);
  }
  return { header: { session: handle.session.id, credential: credentialOf(context, handle) } };
}

async function moveTo(
  context: Context,
  asking: Handle,
  old: ServedSession,
  isLogin: boolean,
): Promise<void> {
  const { engine, servedSessions } = context;
  // The note of who is signed in to Streamlit itself stays as it is: about a login by the app's own
  // means only the time is known.
  const user = engine.beginnings.get(old.id)?.user;
  const { id } = await moveSession(engine, old.id, isLogin ? { user } : undefined);
  const movers = new Set([...old.handles].filter(({ tabKey }) => tabKey === asking.tabKey));
  const found = new Map<Handle, Map<Life, Found>>();
  for (const handle of movers) found.set(handle, await findMoved(context, handle, id));
  const session = servedSessions.add(id, old);
  for (const handle of movers) {
    if (handle.closed) continue;
    servedSessions.join(session, handle);
    handle.rebind(session, found.get(handle) ?? new Map<Life, Found>());
  }
  servedSessions.replace(old, "rotated", movers);
  for (const handle of movers) {
    await watchAgain(context, handle);
    if (handle === asking) continue;
    const credential = credentialOf(context, handle);
    handle.peer.push({ push: "moved", handle: handle.id, session: id, credential });
  }
}

/** Watches the records again at their new place. */
async function watchAgain(context: Context, handle: Handle): Promise<void> {
  for (const life of handle.lives) {
    if (life.unwatch === undefined || life.kind === "user") continue;
    life.unwatch();
    life.unwatch = undefined;
    await startWatching(context, life).catch((error: unknown) => report(context.engine, error));
  }
}

interface Found {
  readonly owner: string;
  readonly result: ReadResult;
}

/** Finds the records of a handle's lives at their new place. */
async function findMoved(
  { engine }: Context,
  handle: Handle,
  id: string,
): Promise<Map<Life, Found>> {
  const found = new Map<Life, Found>();
  for (const life of handle.lives) {
    if (life.kind === "user") continue;
    const owner = life.kind === "tab" ? tabOwner(id, handle.tabKey) : browserOwner(id);
    try {
      const result = await engine.store.read(owner, life.state);
      // It was cleared before the move, which this handle does not know yet. Then its life is over.
      if (life.living && result.record === undefined) continue;
      found.set(life, { owner, result });
    } catch (error) {
      // The session has moved and must go on. Later writes to this life fail with an error.
      report(engine, error);
    }
  }
  return found;
}
