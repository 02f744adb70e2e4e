import { endRecord, mayHaveRecords } from "../../../sessions/records/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { Request } from "../request.ts";
import { foundEnded, sessionAtRest } from "./ended.ts";

/**
 * Ends the life of a record, in every tab and process. Does nothing if the life is over already: a
 * newer one is not touched.
 */
export async function clear(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const { engine } = context;
  const life = handle.life(request.count("life"));
  while (!life.over) {
    const session = life.kind === "user" ? handle.session : await sessionAtRest(context, handle);
    if (life.over) break;
    const { owner, state } = life;
    if (await mayHaveRecords(engine, owner, life.living || handle.session.tokenSeen)) {
      await endRecord(engine, owner, state);
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
