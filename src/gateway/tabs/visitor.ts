import { searchToken, setCookie, signToken } from "../../identity/index.ts";
import type { Sessions } from "../../sessions/index.ts";
import { isOver, statusOf } from "../../sessions/records/index.ts";
import type { OwnerInfo } from "../../store/index.ts";
import type { Exchange } from "../proxy/index.ts";

/**
 * The session that a request belongs to. `living`: its cookie names a session. `dead`: the named
 * session has ended. `none`: there is no valid cookie of ours; forged, truncated and foreign ones
 * are ignored. `unread`: not all of its cookies could be read, so it must be given none.
 */
export type Visitor =
  | {
      readonly is: "living";
      readonly id: string;
      readonly current: boolean;
      /** What the store knows about it; undefined if the store could not be read. */
      readonly status: OwnerInfo | undefined;
    }
  | { readonly is: "dead"; readonly id: string }
  | { readonly is: "none" }
  | { readonly is: "unread" };

/** How many sessions' cookies are remembered; each takes some hundred bytes. */
const MAX_REMEMBERED = 10_000;

/** Recognises browsers by their cookie, and gives them one. */
export class Visitors {
  readonly #sessions: Sessions;
  /** When the browser was last given its cookie: a page load must renew it only now and then. */
  readonly #given = new Map<string, number>();
  #warned = false;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  async find({ request, secure }: Exchange): Promise<Visitor> {
    const { ring, cookie, engine } = this.#sessions;
    const { found, unread } = searchToken(ring, request.headers.cookie, secure, cookie);
    if (found === undefined) return { is: unread ? "unread" : "none" };
    const { id, current } = found;
    try {
      const status = await statusOf(engine, id);
      if (status.owner !== "ended") {
        // If the store does not know a session, it may have stored nothing yet: a page load gives
        // the browser another cookie, which costs nothing, and a page's WebSocket begins the
        // session.
        const absent = request.headers.upgrade === undefined ? "dead" : "begins";
        return isOver(engine, id, status.owner, absent)
          ? { is: "dead", id }
          : { is: "living", id, current, status };
      }
      // It may be getting another id at this moment, and the outcome depends on which.
      await engine.moving.get(id)?.catch(() => undefined);
      return { is: "dead", id };
    } catch (error) {
      // A failed read does not speak against the visitor: a valid MAC is enough. The next read of a
      // state meets the failure.
      this.#sessions.report(error);
      return { is: "living", id, current, status: undefined };
    }
  }

  /**
   * The Set-Cookie value that gives the browser this session for another whole ttl, or for the rest
   * of its lifetime; undefined if this connection cannot carry the cookie.
   */
  give({ secure }: Exchange, id: string): string | undefined {
    const { ring, cookie } = this.#sessions;
    try {
      const life = this.#sessions.cookieLife(id);
      const value = setCookie(signToken(ring, cookie.name, id), life, secure, cookie);
      if (this.#given.size >= MAX_REMEMBERED) this.#given.clear();
      this.#given.set(id, Date.now());
      return value;
    } catch (error) {
      // Reported once: the page works without a cookie too, as in a browser that keeps none.
      if (!this.#warned) this.#sessions.report(error);
      this.#warned = true;
      return undefined;
    }
  }

  /**
   * The Set-Cookie value that a living session is due: its expiry slides, and a token of an older
   * key is signed anew.
   */
  renew(exchange: Exchange, { id, current }: { id: string; current: boolean }): string | undefined {
    const last = this.#given.get(id) ?? 0;
    const isDue = Date.now() - last > this.#sessions.engine.touchInterval;
    return isDue || !current ? this.give(exchange, id) : undefined;
  }
}
