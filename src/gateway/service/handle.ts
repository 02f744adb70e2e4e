import { randomUUID } from "node:crypto";
import type { PersistError } from "../../errors.ts";
import { sessionEnded } from "../../sessions/live-session.ts";
import { Queue } from "../../sessions/queue.ts";
import type { ReadResult } from "../../store/store.ts";
import { malformed } from "./frames.ts";
import type { WriteGroup } from "./operations/write-group.ts";
import { Life, type OwnerKind } from "./life.ts";
import type { ServedSession } from "./served-session.ts";

/** Whom a handle talks to. */
export interface Peer {
  push(message: Record<string, unknown>): void;
  /** Numbers that this connection has not used. */
  nextId(): number;
}

// Lives that are over stay known for a while, so that a late write is told by its state's name.
const MOST_OVER = 64;

/** One Streamlit session as the client works with it. Its requests are handled one after the other. */
export class Handle {
  readonly id: number;
  readonly peer: Peer;
  readonly tab: string | null;
  /** The tab as part of a key: a page that did not say one has a tab to itself. */
  readonly tabKey: string;
  /** Shared with the handle that it replaces: an older run may still write under that number. */
  readonly queue: Queue;
  session: ServedSession;
  closed = false;
  /** The writes that came last and have not begun: what comes next may go along. */
  gathering: WriteGroup | undefined;
  readonly #lives = new Map<number, Life>();
  readonly #byRecord = new Map<string, Life>();

  constructor(peer: Peer, session: ServedSession, tab: string | null, replaced?: Handle) {
    this.id = peer.nextId();
    this.queue = replaced?.queue ?? new Queue();
    this.peer = peer;
    this.session = session;
    this.tab = tab;
    const before = replaced?.tab === null && replaced.session === session;
    this.tabKey = tab ?? (before ? replaced.tabKey : randomUUID());
  }

  /** Its session, where that has not ended. @throws PersistError `ERR_SESSION_ENDED` */
  living(): ServedSession {
    if (this.session.ended !== undefined) throw sessionEnded();
    return this.session;
  }

  get lives(): Iterable<Life> {
    return this.#byRecord.values();
  }

  /** The life that a request names. @throws PersistError `ERR_SERVICE_PROTOCOL` */
  life(id: number): Life {
    const life = this.#lives.get(id);
    if (life === undefined) throw malformed("the life of a restore of this handle");
    return life;
  }

  /** The life of what a restore found: the one there is, or a new one. */
  take(kind: OwnerKind, owner: string, state: string, found: ReadResult): Life {
    const key = `${owner}\0${state}`;
    const held = this.#byRecord.get(key);
    if (held?.absorb(found) === true) return held;
    held?.end();
    const life = new Life(this, kind, owner, state, found);
    this.#lives.set(life.id, life);
    this.#byRecord.set(key, life);
    this.#forget();
    return life;
  }

  /** The life is over: what is still written to it comes too late. */
  end(life: Life): void {
    life.end();
    const key = `${life.owner}\0${life.state}`;
    if (this.#byRecord.get(key) === life) this.#byRecord.delete(key);
  }

  /** The session goes on under another id: its lives with it, where they have been found there. */
  rebind(
    session: ServedSession,
    found: ReadonlyMap<Life, { owner: string; result: ReadResult }>,
  ): void {
    this.session = session;
    const lives = [...this.lives];
    for (const life of lives) {
      if (life.kind === "user") continue;
      const there = found.get(life);
      if (there === undefined) {
        this.end(life);
        continue;
      }
      this.#byRecord.delete(`${life.owner}\0${life.state}`);
      life.owner = there.owner;
      life.follow(there.result.epoch, there.result.record?.version);
      this.#byRecord.set(`${life.owner}\0${life.state}`, life);
    }
  }

  /** Takes over the lives of the handle that it replaces, where both are of one session. */
  inherit(old: Handle): void {
    if (old.session !== this.session) return;
    for (const [id, life] of old.#lives) {
      // A page that comes back under another tab id has another tab's records.
      if (life.kind === "tab" && old.tabKey !== this.tabKey) {
        life.end();
        continue;
      }
      life.handle = this;
      this.#lives.set(id, life);
      if (!life.over) this.#byRecord.set(`${life.owner}\0${life.state}`, life);
    }
    old.#lives.clear();
    old.#byRecord.clear();
  }

  close(): void {
    this.closed = true;
    for (const life of this.#byRecord.values()) life.end();
    this.#byRecord.clear();
    this.#lives.clear();
  }

  #forget(): void {
    const over = [...this.#lives.values()].filter((life) => life.over);
    for (const { id } of over.slice(0, Math.max(0, over.length - MOST_OVER)))
      this.#lives.delete(id);
  }
}

/** For a request of a handle that is not there. */
export function unknownHandle(): PersistError {
  return malformed("a handle that was opened on this connection and not closed");
}
