import { PersistError } from "../../../errors.ts";
import { expiresAfter, isOver, sessionEnded, statusOf } from "../../../sessions/records/index.ts";
import {
  signCredential,
  verifyAssertion,
  verifyCredential,
  type Who,
} from "../../tickets/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle, Peer } from "../handle.ts";
import type { Request } from "../request.ts";

/**
 * Opens a handle for a session that the gateway has vouched for. Runs in the turn of the handle
 * that it replaces: everything sent to that one comes first.
 */
export async function open(
  context: Context,
  peer: Peer,
  request: Request,
  replaced: Handle | undefined,
): Promise<{ handle: Handle; answer: Answer }> {
  const { engine, servedSessions } = context;
  const who = whoAsks(context, request);
  const { owner } = await statusOf(engine, who.session);
  // The gateway has spoken for it, so one that the store does not know begins here.
  if (owner === "ended" || isOver(engine, who.session, owner, "begins")) throw sessionEnded();
  const handle = servedSessions.enter(peer, who, replaced);
  if (replaced !== undefined) {
    handle.inherit(replaced);
    await servedSessions.leave(replaced, false);
  }
  const header = {
    handle: handle.id,
    session: who.session,
    cookie: engine.cookieName,
    tab: who.tab,
    ephemeral: who.ephemeral,
    isNew: owner === "absent",
    credential: credentialOf(context, handle),
  };
  return { handle, answer: { header } };
}

/** Makes a credential for a handle's present session. */
export function credentialOf({ engine }: Context, { session, tab }: Handle): string {
  const { id, ephemeral } = session;
  const life = expiresAfter(engine, { session: id, lasting: true }) - Date.now();
  return signCredential(engine.ring, { session: id, tab, ephemeral }, life);
}

function whoAsks({ engine }: Context, request: Request): Who {
  const assertion = request.optionalText("assertion");
  const who =
    assertion === undefined
      ? verifyCredential(engine.ring, request.text("credential"))
      : verifyAssertion(engine.ring, assertion);
  if (who !== undefined) return who;
  throw new PersistError(
    "ERR_SERVICE_REFUSED",
    "The state service does not accept who this page says it is: the gateway has not signed it, or too long ago. Reload the page. " +
      "If that does not help, see that the browser reaches Streamlit through the gateway alone, and that both use one secret.",
  );
}
