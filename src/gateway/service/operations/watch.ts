import { report } from "../../../sessions/records/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { Life } from "../life.ts";
import type { Request } from "../request.ts";

/**
 * From now on, tells the client when another writer has changed the record: once until it reads
 * again. Ends with the life.
 */
export async function watch(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const life = handle.life(request.count("life"));
  if (!life.over && life.unwatch === undefined) await startWatching(context, life);
  return { header: {} };
}

export async function startWatching(context: Context, life: Life): Promise<void> {
  const { engine } = context;
  const check = (): void => {
    void tell(context, life).catch((error: unknown) => report(engine, error));
  };
  const stop = await engine.store.watch(life.owner, ({ state }) => {
    if (state === undefined || state === life.state) check();
  });
  if (life.handle.closed || life.over) {
    stop();
    return;
  }
  life.unwatch = stop;
  // A change between the restore and the watch has not been reported yet.
  check();
}

export async function unwatch(_: Context, handle: Handle, request: Request): Promise<Answer> {
  const life = handle.life(request.count("life"));
  life.unwatch?.();
  life.unwatch = undefined;
  return { header: {} };
}

/**
 * Runs in the handle's turn, so a write of its own that is under way does not count as another's.
 */
async function tell({ engine, servedSessions }: Context, life: Life): Promise<void> {
  await life.handle.queue.run(async () => {
    const { handle } = life;
    if (life.over || life.told || handle.closed) return;
    const { owner, seen, epoch, living } = life;
    const found = await engine.store.read(owner, life.state, { epoch, version: seen });
    if (found.owner === "ended" && life.kind === "browser") {
      const { session } = handle;
      if (session.moving === undefined) servedSessions.end(session, "elsewhere");
      return;
    }
    const { record } = found;
    const same = record === undefined ? !living : record.epoch === epoch && record.version === seen;
    if (same) return;
    life.told = true;
    handle.peer.push({ push: "changed", handle: handle.id, state: life.state });
  });
}
