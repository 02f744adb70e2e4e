import { randomUUID } from "node:crypto";
import { newSessionId } from "../../../session/token.ts";
import { browserOwner } from "../../../sessions/engine.ts";
import { tombstoneEnd } from "../../../sessions/expiry.ts";
import { endTabs, tabsOf } from "../../../sessions/tabs.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { ServedSession } from "../served-session.ts";
import { settled } from "./ended.ts";
import { exclusively } from "./rotate.ts";

/** Ends the session: its records and its token. The handle goes on with a fresh, empty one; a user's states stay. */
export async function end(context: Context, handle: Handle): Promise<Answer> {
  const old = await settled(handle);
  return await exclusively(
    context,
    handle,
    "ended",
    async () => await startAnew(context, handle, old),
  );
}

async function startAnew(context: Context, handle: Handle, old: ServedSession): Promise<void> {
  const { engine, roster } = context;
  const { store } = engine;
  const owner = browserOwner(old.id);
  const tabs = await tabsOf(engine, old.id);
  // A browser that has shown its token may show it again, also where nothing was stored.
  if (old.known || (await store.owner(owner)).owner !== "absent")
    await store.clear(owner, { commitId: randomUUID(), until: tombstoneEnd(engine) });
  await endTabs(engine, old.id, tabs);
  const session = roster.add(newSessionId(), { ephemeral: old.ephemeral, known: false });
  roster.join(session, handle);
  handle.rebind(session, new Map());
  roster.replace(old, "cleared", new Set([handle]));
}
