import { randomUUID } from "node:crypto";
import type { PersistError } from "../../errors.ts";
import { Queue } from "../../queue.ts";
import { sessionEnded } from "../../sessions/records/index.ts";
import type { ReadResult } from "../../store/index.ts";
import { malformed } from "./frames.ts";
import type { WriteGroup } from "./operations/index.ts";
import { Life, type OwnerKind } from "./life.ts";
import type { ServedSession } from "./served-session.ts";

/** The connection of a handle. */
export interface Peer {
  push(message: Record<string, unknown>): void;
  /** The next unused number of this connection. */
  nextId(): number;
}

// Ended lives are remembered for a while, so a late write can be reported with its state's name.
const MAX_OVER = 64;

/** A client's work on one Streamlit session. Its requests are handled one after the other. */
export class Handle {
  readonly id: number;
  readonly peer: Peer;
  readonly tab: string | null;
  /** The tab as part of a key. A page that gave no tab id has a tab of its own. */
  readonly tabKey: string;
  /** Shared with the handle that it replaces: an older run may still write under the old number. */
  readonly queue: Queue;
  session: ServedSession;
  closed = false;
  /** The last writes, which have not begun: the next write may join them. */
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

  /** Its session. @throws PersistError `ERR_SESSION_ENDED` */
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

  /** The life that a restore found: an existing one, or a new one. */
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

  /** Ends a life: later writes to it come too late. */
  end(life: Life): void {
    life.end();
    const key = `${life.owner}\0${life.state}`;
    if (this.#byRecord.get(key) === life) this.#byRecord.delete(key);
  }

  /** Moves to another session id, with those of its lives that were found there. */
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

  /** Takes over the lives of the handle that it replaces, if both belong to one session. */
  inherit(old: Handle): void {
    if (old.session !== this.session) return;
    for (const [id, life] of old.#lives) {
      // A page that comes back with another tab id has another tab's records.
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
    for (const { id } of over.slice(0, Math.max(0, over.length - MAX_OVER))) this.#lives.delete(id);
  }
}

/** The error for a request to an unknown handle. */
export function unknownHandle(): PersistError {
  return malformed("a handle that was opened on this connection and not closed");
}
