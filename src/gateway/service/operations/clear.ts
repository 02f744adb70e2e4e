import { randomUUID } from "node:crypto";
import { tombstoneEnd } from "../../../sessions/records/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { Request } from "../request.ts";
import { foundEnded, settled } from "./ended.ts";

/** Ends the life of a record, in every tab and process. Does nothing if the life is over already: a newer one is not touched. */
export async function clear(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const { engine } = context;
  const life = handle.life(request.count("life"));
  while (!life.over) {
    const session = life.kind === "user" ? handle.session : await settled(context, handle);
    if (life.over) break;
    const { owner, state } = life;
    if (await mayBeWritten(context, handle, owner, life.living)) {
      const until = tombstoneEnd(engine);
      await engine.store.clear(owner, { state, commitId: randomUUID(), until });
      // An ended owner has nothing to clear, but the record may go on under the session's new id.
      if (life.kind !== "user" && (await engine.store.owner(owner)).owner === "ended") {
        await foundEnded(context, handle, session);
        if (life.owner !== owner) continue;
      }
    }
    engine.cache.delete(owner, state);
    handle.end(life);
  }
  return { header: {} };
}

/** Whether a write may exist: a visitor that never stored anything leaves no tombstone either. */
async function mayBeWritten(
  { engine }: Context,
  { session }: Handle,
  owner: string,
  living: boolean,
): Promise<boolean> {
  return living || session.known || (await engine.store.owner(owner)).owner !== "absent";
}
