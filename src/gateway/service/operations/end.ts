import { newSessionId } from "../../../identity/index.ts";
import { browserOwner, endRecords, mayHaveRecords } from "../../../sessions/records/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { ServedSession } from "../served-session.ts";
import { sessionAtRest } from "./ended.ts";
import { exclusively } from "./rotate.ts";

/**
 * Ends the session: its records and its token. The handle continues with a fresh, empty one. A
 * user's states stay.
 */
export async function end(context: Context, handle: Handle): Promise<Answer> {
  const old = await sessionAtRest(context, handle);
  return await exclusively(
    context,
    handle,
    "ended",
    async () => await startAnew(context, handle, old),
  );
}

async function startAnew(context: Context, handle: Handle, old: ServedSession): Promise<void> {
  const { engine, servedSessions } = context;
  if (await mayHaveRecords(engine, browserOwner(old.id), old.tokenSeen))
    await endRecords(engine, old.id);
  const session = servedSessions.add(newSessionId(), {
    ephemeral: old.ephemeral,
    tokenSeen: false,
  });
  servedSessions.join(session, handle);
  handle.rebind(session, new Map());
  servedSessions.replace(old, "cleared", new Set([handle]));
}
