import {
  browserOwner,
  endRecords,
  type EndReason,
  endSession,
  type Engine,
  report,
} from "../../sessions/records/index.ts";
import type { Who } from "../tickets/index.ts";
import { Handle, type Peer } from "./handle.ts";
import { ServedSession } from "./served-session.ts";

/** The sessions that have open handles in this process. */
export class ServedSessions {
  readonly #engine: Engine;
  readonly #grace: number;
  readonly #sessions = new Map<string, ServedSession>();
  readonly #endings = new Set<Promise<void>>();
  readonly #unlisten: () => void;

  /**
   * @param grace - how long an ephemeral session outlives a connection that broke, in milliseconds
   */
  constructor(engine: Engine, grace: number) {
    this.#engine = engine;
    this.#grace = grace;
    // The app's own code in this process has ended it, or found that another process had.
    this.#unlisten = engine.events.on("ended", ({ sessionId, reason }) => {
      const session = this.#sessions.get(sessionId);
      if (session !== undefined && session.moving === undefined) this.#end(session, reason);
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** How many tabs have a record of this state. */
  tabsWith(state: string): number {
    const handles = [...this.#sessions.values()].flatMap((session) => [...session.handles]);
    return handles.filter(({ lives }) =>
      [...lives].some((life) => life.kind === "tab" && life.state === state && life.living),
    ).length;
  }

  get(id: string): ServedSession | undefined {
    return this.#sessions.get(id);
  }

  /** Opens a handle for a session that the gateway has vouched for. */
  enter(peer: Peer, { session: id, tab, ephemeral }: Who, replaced?: Handle): Handle {
    const session = this.#sessions.get(id) ?? this.add(id, { ephemeral, tokenSeen: false });
    // The gateway makes such an assertion only for a browser that has shown the cookie.
    if (!ephemeral) session.tokenSeen = true;
    clearTimeout(session.grace);
    return this.join(session, new Handle(peer, session, tab, replaced));
  }

  add(id: string, kind: { ephemeral: boolean; tokenSeen: boolean }): ServedSession {
    const session = new ServedSession(id, kind);
    this.#sessions.set(id, session);
    return session;
  }

  join(session: ServedSession, handle: Handle): Handle {
    session.handles.add(handle);
    return handle;
  }

  /**
   * Closes a handle.
   * @param broken - whether its connection broke: then the same client may come back with its
   *   credential
   */
  async leave(handle: Handle, broken: boolean): Promise<void> {
    const { session } = handle;
    handle.close();
    session.handles.delete(handle);
    if (session.handles.size > 0) return;
    if (!session.ephemeral || session.ended !== undefined) {
      this.#forget(session);
      return;
    }
    if (!broken) {
      await this.#endEphemeral(session);
      return;
    }
    session.grace = setTimeout(() => {
      const ending = this.#endEphemeral(session)
        .catch((error: unknown) => report(this.#engine, error))
        .finally(() => this.#endings.delete(ending));
      this.#endings.add(ending);
    }, this.#grace);
    session.grace.unref();
  }

  /** Ends a session that has turned out to be over: tells each of its clients once. */
  end(session: ServedSession, reason: EndReason): void {
    if (session.ended !== undefined) return;
    this.#end(session, reason);
    endSession(this.#engine, session.id, reason);
  }

  /**
   * Replaces a session that goes on as another with these handles. Its other handles are told that
   * it has ended.
   */
  replace(session: ServedSession, reason: EndReason, movers: ReadonlySet<Handle>): void {
    for (const handle of movers) session.handles.delete(handle);
    this.end(session, reason);
  }

  /**
   * Waits for work under way. Keeps ephemeral sessions: their clients may come back to the
   * gateway's next start.
   */
  async close(): Promise<void> {
    this.#unlisten();
    for (const { grace } of this.#sessions.values()) clearTimeout(grace);
    await Promise.all(this.#endings);
    this.#sessions.clear();
  }

  #end(session: ServedSession, reason: EndReason): void {
    session.ended = reason;
    this.#forget(session);
    for (const handle of session.handles) handle.peer.push({ push: "ended", handle: handle.id });
  }

  #forget(session: ServedSession): void {
    clearTimeout(session.grace);
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
  }

  async #endEphemeral(session: ServedSession): Promise<void> {
    session.ended = "cleared";
    this.#forget(session);
    const { store, newSessionTtl } = this.#engine;
    if ((await store.owner(browserOwner(session.id))).owner === "living")
      await endRecords(this.#engine, session.id, Date.now() + newSessionTtl);
  }
}
