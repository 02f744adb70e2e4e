import { PersistError } from "../../errors.ts";
import { LiveState, type Registration, type StateHolder } from "../../state/index.ts";
import type { OwnerStatus } from "../../store/index.ts";
import { scopes } from "../ambient.ts";
import { commitStates } from "./commit.ts";
import type { LiveEngine } from "./engine.ts";
import { loadState, loadStateNow } from "./migrate.ts";
import type { IdEntry } from "./live-sessions.ts";
import { headersSent } from "./out-of-reach.ts";
import { Queue } from "../../queue.ts";
import { isTouchDue } from "./renewal.ts";
import type { Scope } from "../scope.ts";
import type { Session } from "../session.ts";
import {
  browserOwner,
  type EndReason,
  endRecords,
  report,
  sessionEnded,
  statusOf,
  type Loaded,
} from "../records/index.ts";

/**
 * What overlapping scopes of one session share in this process: one object per state. So if two
 * parallel requests push to one list, both count. Ends with its last scope.
 */
export class LiveSession implements StateHolder {
  readonly engine: LiveEngine;
  readonly id: string;
  readonly owner: string;
  /** Whether the browser has shown its token. Until then its records are kept only for a day. */
  tokenSeen: boolean;
  /** What the store last said about each owner whose states are in use. */
  readonly owners = new Map<string, { status: OwnerStatus; expiresAt: number }>();
  ended: EndReason | undefined;
  /** @internal Its entry among the live sessions. */
  idEntry: IdEntry | undefined;
  /**
   * The browser has no cookie for this id, and cannot be given one: nothing may be stored, since it
   * would never be found.
   */
  outOfReach = false;
  /** Whether the stored expiry was renewed, so the browser's cookie must be sent again. */
  renewed = false;
  states: LiveState[] = [];
  /**
   * States whose life is over but which other scopes may still change. Such changes are reported.
   */
  superseded: LiveState[] = [];
  /** Reads and commits of one session take turns: neither must see the other half done. */
  readonly queue = new Queue();
  /** The open scopes; kept only if a login may move them along. */
  scopes: Set<Scope> | undefined;
  #scopes = 0;
  /** The Session that all open scopes belong to; undefined if they belong to more than one. */
  #by: Session | undefined;

  constructor(engine: LiveEngine, id: string, tokenSeen: boolean) {
    this.engine = engine;
    this.id = id;
    this.owner = browserOwner(id);
    this.tokenSeen = tokenSeen;
  }

  /** Whether the store holds anything of the session. */
  get stored(): boolean {
    return this.owners.get(this.owner)?.status === "living";
  }

  /**
   * Whether all changes since the end of the last scope come from this session object, and none
   * from another tab's.
   */
  isOnlyOf(session: Session): boolean {
    return this.#by === session;
  }

  enter(scope: Scope): void {
    const { session } = scope;
    if (this.engine.followsLogins) (this.scopes ??= new Set()).add(scope);
    if (this.#scopes === 0) this.#by = session;
    else if (this.#by !== session) this.#by = undefined;
    this.#scopes++;
    this.engine.live.add(this);
  }

  leave(scope: Scope): void {
    this.scopes?.delete(scope);
    this.#scopes--;
    if (this.#scopes === 0) this.engine.live.remove(this);
  }

  /**
   * Gives the state for a scope: shared with overlapping scopes, and brought up to date once per
   * scope.
   */
  restore(
    registration: Registration,
    owner: string,
    scope: Scope,
  ): LiveState | "ended" | Promise<LiveState | "ended"> {
    // Every request comes this way, so one promise less saves time.
    if (this.queue.idle) {
      const held = this.find(registration, owner);
      if (held !== undefined && scope.restored.has(registration)) return held;
      const loaded = this.#beganNow() ? loadStateNow(this.engine, registration, owner) : undefined;
      if (loaded !== undefined) return this.#take(registration, owner, scope, loaded);
    }
    return this.queue.run(async () => {
      const held = this.find(registration, owner);
      if (held !== undefined && scope.restored.has(registration)) return held;
      return this.#take(registration, owner, scope, await this.#load(registration, owner));
    });
  }

  #take(
    registration: Registration,
    owner: string,
    scope: Scope,
    loaded: Loaded,
  ): LiveState | "ended" {
    if (this.#note(owner, loaded) === "ended") return "ended";
    scope.restored.add(registration);
    return this.#adopt(registration, owner, this.find(registration, owner), loaded);
  }

  /** Like `read`, but at once and not within the queue. Undefined if that cannot be. */
  readNow(registration: Registration, owner: string): Loaded | "ended" | undefined {
    if (!this.queue.idle || !this.#beganNow()) return undefined;
    const loaded = loadStateNow(this.engine, registration, owner);
    return loaded && this.#note(owner, loaded);
  }

  /** Reads the record, and notes what the store says about the session. Only within the queue. */
  async read(registration: Registration, owner: string): Promise<Loaded | "ended"> {
    return this.#note(owner, await this.#load(registration, owner));
  }

  /** Both are asked at the same time, so finding out when a session began costs no extra time. */
  async #load(registration: Registration, owner: string): Promise<Loaded> {
    const { engine, tokenSeen, id } = this;
    const [loaded] = await Promise.all([
      loadState(engine, registration, owner),
      tokenSeen ? engine.beginnings.load(engine.store, id) : undefined,
    ]);
    return loaded;
  }

  #beganNow(): boolean {
    return !this.tokenSeen || this.engine.beginnings.loadNow(this.engine.store, this.id);
  }

  /** Asks the store whether the session has ended. */
  async ask(): Promise<void> {
    const { engine, tokenSeen, id } = this;
    const { owner, expiresAt } = await (tokenSeen
      ? statusOf(engine, id)
      : engine.store.owner(this.owner));
    if (owner === "ended") this.end("elsewhere");
    else if (this.isOver(owner)) this.expire();
    else this.owners.set(this.owner, { status: owner, expiresAt });
  }

  find(registration: Registration, owner: string): LiveState | undefined {
    return this.states.find(
      (state) => state.registration === registration && state.owner === owner,
    );
  }

  /** Retires a state whose record's life is over. */
  supersede(state: LiveState, by: Scope | "elsewhere"): void {
    state.over = { by };
    this.states = this.states.filter((other) => other !== state);
    this.superseded.push(state);
  }

  end(reason: EndReason): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.engine.live.remove(this);
    this.engine.events.emit("ended", { sessionId: this.id, reason });
  }

  /** Its time is over: nothing of it stays, and its token is dead. */
  expire(): void {
    this.end("expired");
    endRecords(this.engine, this.id).catch((error: unknown) => report(this.engine, error));
  }

  /**
   * Whether a commit of this scope would surely find nothing to do: the common case of a request
   * that only reads.
   */
  isClean(scope: Scope): boolean {
    if (!this.queue.idle || this.ended !== undefined) return false;
    if (this.superseded.some((state) => state.over?.by !== scope)) return false;
    return this.states.every((state) => state.isClean() && !isTouchDue(this, state.owner));
  }

  commit(scope: Scope): Promise<void> {
    return this.queue.run(() => commitStates(this, scope));
  }

  check(state: LiveState, assigning: boolean): void {
    const scope = scopes.getStore();
    const name = state.registration.stateClass.name;
    if (state.over !== undefined && (scope === undefined || state.over.by === scope)) {
      if (assigning) {
        throw new PersistError(
          "ERR_STATE_CLEARED",
          `This ${name} was cleared; what is assigned to it now would be lost. Call restore(${name}) for a fresh one.`,
        );
      }
      return;
    }
    if (scope !== undefined && scope.live !== this && !isAround(scope, this)) {
      if (scope.live?.ended !== undefined) throw sessionEnded();
      throw new PersistError(
        "ERR_FOREIGN_STATE",
        `This ${name} belongs to another session. A state must not be kept in a module variable or a cache: ` +
          `call restore(${name}) in each request.`,
      );
    }
    if (this.#scopes === 0) {
      throw new PersistError(
        "ERR_SCOPE_ENDED",
        `This ${name} was used after its request, message or run had ended, so a change would not be saved. ` +
          `Await the work before the end, or call restore(${name}) in a session.run(…) of its own.`,
      );
    }
    if (assigning) this.checkReach(state.owner, `The assignment to ${name}`);
  }

  /**
   * @throws PersistError `ERR_HEADERS_SENT` if what is stored for this owner could never be found
   * again
   */
  checkReach(owner: string, call: string): void {
    if (this.outOfReach && owner === this.owner) throw headersSent(call);
  }

  #note(owner: string, loaded: Loaded): Loaded | "ended" {
    if (loaded.owner === "ended" && owner === this.owner) {
      this.end("elsewhere");
      return "ended";
    }
    if (owner === this.owner && this.isOver(loaded.owner)) {
      this.expire();
      return "ended";
    }
    this.owners.set(owner, { status: loaded.owner, expiresAt: loaded.expiresAt });
    return loaded;
  }

  /**
   * Whether its time is over. @param status - of the session's own records, as the store has just
   * said
   */
  isOver(status: OwnerStatus): boolean {
    const { beginnings } = this.engine;
    if (status === "absent") return this.tokenSeen && beginnings.refusesAbsent(this.id);
    // A session that is older than the limit begins when it is first seen.
    if (this.tokenSeen && beginnings.areNeeded) beginnings.begin(this.id);
    return beginnings.isOver(this.id);
  }

  #adopt(
    registration: Registration,
    owner: string,
    held: LiveState | undefined,
    loaded: Loaded,
  ): LiveState {
    if (held !== undefined) {
      if (isSameLife(held, loaded)) {
        if (loaded.snapshot !== undefined) held.absorb(loaded.snapshot);
        return held;
      }
      this.supersede(held, "elsewhere");
    }
    const state = new LiveState(registration, owner, this, loaded);
    this.states.push(state);
    this.engine.events.emit("restore", {
      state: registration.key,
      fresh: loaded.snapshot === undefined,
    });
    return state;
  }
}

/** Whether it is that of an outer adapter on the same request, which has other sessions. */
function isAround({ session }: Scope, live: LiveSession): boolean {
  for (let at = session.request?.outer; at !== undefined; at = at.outer)
    if (at.inner.live === live) return true;
  return false;
}

function isSameLife(held: LiveState, loaded: Loaded): boolean {
  if (held.snapshot !== undefined)
    return loaded.snapshot !== undefined && held.epoch === loaded.epoch;
  // It was not stored yet. Either that is still so, or another writer has created the record
  // meanwhile.
  return loaded.snapshot !== undefined || held.epoch === loaded.epoch;
}
