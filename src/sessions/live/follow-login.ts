import { isPersistError } from "../../errors.ts";
import { LiveSession } from "./live-session.ts";
import { isOtherUser, loginOf, successorOf, userMark } from "../records/index.ts";
import { handOver, rotateSession } from "./end.ts";
import type { LoginWatch, Scope } from "../scope.ts";

/**
 * The login of a request: whether its browser must get another id, as long as the answer can still
 * set it.
 */
export class RequestLogin implements LoginWatch {
  readonly #scope: Scope;
  readonly #haveHeadersLeft: () => boolean;

  constructor(scope: Scope, haveHeadersLeft: () => boolean) {
    this.#scope = scope;
    this.#haveHeadersLeft = haveHeadersLeft;
  }

  /** Whether a user has signed in, or out, since the session got its id. */
  isDue(): boolean {
    const { live, session } = this.#scope;
    if (live === undefined || live.ended !== undefined || !live.stored) return false;
    if (this.#haveHeadersLeft()) return false;
    const { beginnings, ring } = live.engine;
    return isOtherUser(ring, beginnings.get(live.id)?.user, session.userText());
  }

  async follow(): Promise<void> {
    const { live, session } = this.#scope;
    const text = session.userText();
    if (live === undefined || text === undefined || !this.isDue()) return;
    await rotateForLogin(live, this.#scope, text);
    if (this.#scope.live !== undefined) session.goOnAs(this.#scope.live, this.#scope);
  }
}

/**
 * Gives the session of a scope another id because a user has signed in (or out); its states
 * continue under it. Overlapping scopes of the same person move along; for all others the session
 * has ended.
 */
async function rotateForLogin(old: LiveSession, scope: Scope, text: string | null): Promise<void> {
  const { engine } = old;
  const login = { user: userMark(engine.ring, text) };
  try {
    const live = await rotateSession(old, scope, loginOf(engine, old.id, text, login));
    if (scope.live !== live) return;
    takeAlong(old, live, text);
  } catch (error) {
    if (!isPersistError(error, "ERR_SESSION_ENDED")) throw error;
    // Another process was first.
    if (!(await goOnAfterLogin(old, scope))) throw error;
  }
}

/**
 * The session of a scope has ended: if a login of the same person was the reason, the scope
 * continues in its successor, with its changes so far. @returns whether it does
 */
export async function goOnAfterLogin(old: LiveSession, scope: Scope): Promise<boolean> {
  const { engine } = old;
  if (!engine.followsLogins) return false;
  if (scope.live !== old) return scope.live?.ended === undefined;
  const text = scope.session.userText();
  if (typeof text !== "string") return false;
  const id = await successorOf(engine, old.id, text);
  if (id === undefined) return false;
  // Objects of its own, if it brings any: others may work with the same records already.
  const working = old.states.length === 0 ? engine.live.get(id) : undefined;
  const live = working ?? new LiveSession(engine, id, true);
  old.end("rotated");
  await handOver(old, live, true);
  takeAlong(old, live, text);
  return true;
}

function takeAlong(old: LiveSession, live: LiveSession, text: string | null): void {
  // One that goes along leaves the set, which a Set allows meanwhile.
  for (const scope of old.scopes ?? [])
    if (scope.session.userText() === text) scope.session.goOnAs(live, scope);
}
