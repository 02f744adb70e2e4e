import { dropOldest } from "../../drop-oldest.ts";
import { type Login, moveSession, userMark } from "../records/index.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import type { Scope } from "../scope.ts";

/** How many rotations are remembered. A request that is still under way after so many others is very late. */
const MAX_REMEMBERED = 10_000;

/**
 * The sessions that this process has given another id. A request that began before must neither store anything in a fresh session
 * nor set its cookie, which would replace the new one in the browser.
 */
export class Rotations {
  /** How many there have been. A request keeps the count of its beginning. */
  count = 0;
  readonly #byOldId = new Map<string, number>();

  note(oldId: string): void {
    this.#byOldId.set(oldId, ++this.count);
    dropOldest(this.#byOldId, MAX_REMEMBERED);
  }

  /** Whether the session got another id since the count was `before`. */
  isSince(before: number, oldId: string): boolean {
    return (this.#byOldId.get(oldId) ?? 0) > before;
  }
}

/** Gives the session of a scope another id, under which its states go on. Requests under way with the old id store nothing more. */
export async function rotateSession(
  old: LiveSession,
  scope: Scope,
  login: Login | boolean = false,
): Promise<LiveSession> {
  const { engine, id: oldId } = old;
  const begins = login === true ? { user: userMark(engine.ring, scope.session.userText()) } : login;
  await scope.commit();
  return await old.queue.run(async () => {
    // Another scope's login has taken this one along.
    if (typeof login === "object" && scope.live !== old && scope.live !== undefined)
      return scope.live;
    const { id, expiresAt } = await moveSession(
      engine,
      oldId,
      begins === false ? undefined : begins,
    );
    const live = new LiveSession(old.engine, id, old.known);
    engine.rotations.note(oldId);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}
