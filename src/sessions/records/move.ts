import { PersistError } from "../../errors.ts";
import { newSessionId } from "../../identity/index.ts";
import type { Login } from "./beginnings.ts";
import { endOwner } from "./clear.ts";
import { type Engine, report } from "./engine.ts";
import { browserOwner, tabOwner } from "./owners.ts";
import { expiresAfter, tombstoneEnd } from "./lifetime.ts";
import { keptWriting, RecordsCopy } from "./copy.ts";
import { tabsOf } from "./tabs.ts";

/**
 * How long a move tries to get ahead of other processes' writers, in milliseconds. A number of
 * rounds would be no bound that holds: how many it takes depends on how quick the store is,
 * compared with the writers.
 */
const MAX_MOVE_TIME = 20_000;

/**
 * Moves all records of a session and of its tabs to a new id, and ends the old session.
 *
 * @param login - the session begins anew, with the user who has just signed in
 * @returns the new id, and until when its records are kept (0 if there was nothing to move)
 * @throws PersistError `ERR_SESSION_ENDED` if it had ended already, `ERR_CONFLICT` if other
 * processes kept writing for 20 s
 */
export async function moveSession(
  engine: Engine,
  id: string,
  login?: Login,
): Promise<{ id: string; expiresAt: number }> {
  const newId = newSessionId();
  if (engine.beginnings.areNeeded) await engine.beginnings.moves(engine.store, id, newId, login);
  // Before, so that it is there once the old one has ended; and after, since another process may
  // have done the same meanwhile.
  if (login?.goesTo !== undefined) await login.goesTo(newId, false);
  const expiresAt = await moveOwner(engine, browserOwner(id), browserOwner(newId), newId);
  await login?.goesTo?.(newId, true).catch((error: unknown) => report(engine, error));
  try {
    await moveTabs(engine, await tabsOf(engine, newId), id, newId);
  } catch (error) {
    report(engine, error);
  }
  return { id: newId, expiresAt };
}

/**
 * Moves the records of tabs to their session's new id. If one tab fails, the others are still
 * moved.
 */
export async function moveTabs(
  engine: Engine,
  tabs: readonly string[],
  from: string,
  to: string,
): Promise<void> {
  const moves = tabs.map(async (tab) => {
    await moveOwner(engine, tabOwner(from, tab), tabOwner(to, tab));
  });
  for (const move of await Promise.allSettled(moves))
    if (move.status === "rejected") report(engine, move.reason);
}

/**
 * Copies all records to another owner and ends the first. The end names the version that was
 * copied: a commit that came in between makes it fail. The next round then copies only what has
 * changed, so it is short and finds a gap between steady writes. A crash in between leaves a copy
 * that expires.
 */
async function moveOwner(
  engine: Engine,
  from: string,
  to: string,
  session?: string,
): Promise<number> {
  const { store } = engine;
  const until = tombstoneEnd(engine);
  const copy = new RecordsCopy(engine, from, to, session);
  const deadline = performance.now() + MAX_MOVE_TIME;
  while (performance.now() < deadline) {
    const { version, states, expiresAt, owner } = await store.owner(from);
    if (owner === "ended") {
      throw new PersistError(
        "ERR_SESSION_ENDED",
        "rotate() found that the session had ended: there is nothing to carry over.",
      );
    }
    await copy.update(states);
    if ((await endOwner(engine, from, until, version)) !== "cleared") continue;
    if (states.length === 0) return 0;
    const kept = session === undefined ? expiresAt : keptUntil(engine, session, expiresAt);
    // The move is done, and a failure now must not lose it: the copy lives for a day at least, and
    // its next use extends that.
    await store.touch(to, kept).catch((error: unknown) => report(engine, error));
    return kept;
  }
  throw keptWriting();
}

/** One that begins anew may last longer than the one before it had left. */
function keptUntil(engine: Engine, session: string, expiresAt: number): number {
  const { maxLifetime } = engine.beginnings;
  return maxLifetime === undefined
    ? expiresAt
    : Math.max(expiresAt, expiresAfter(engine, { session, lasting: true }));
}
