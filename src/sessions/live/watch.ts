import { AsyncLocalStorage } from "node:async_hooks";
import type { Registration, Snapshot } from "../../state/index.ts";
import type { RecordChange, WriteOutcome } from "../../store/index.ts";
import { scopes } from "../ambient.ts";
import type { LiveEngine } from "./engine.ts";
import { browserOwner, endInTime, report } from "../records/index.ts";
import { loadState } from "./migrate.ts";
import type { Session } from "../session.ts";

/** How `session.watch` reports changes. */
export interface WatchOptions {
  /**
   * Whether the listener is also called once at the beginning with the current state, so nothing is
   * missed between a page and its socket. Default false.
   */
  readonly immediate?: boolean;
  /**
   * Called once when the session has ended (clear, rotate, logout, in any process). Nothing follows
   * it. Default: the watch ends silently.
   */
  readonly ended?: () => void;
  /**
   * @internal Called once when the watch is over, for any reason, even by `sessions.close()`.
   */
  readonly stopped?: () => void;
}

/** Called with the state as it is now, in a scope of its own. */
export type WatchListener<T> = (state: T) => unknown;

const NO_UPDATE: ReadonlySet<string> = new Set();

/**
 * Tells one listener about changes that other tabs, processes and languages make to one state.
 * Calls come one after the other, and changes during a call are reported in one more call.
 */
export class Watch {
  readonly #engine: LiveEngine;
  readonly #session: Session;
  /** Undefined if only the session's end is told. */
  readonly #registration: Registration | undefined;
  readonly #owner: string;
  readonly #listener: WatchListener<never>;
  readonly #options: WatchOptions;
  readonly #sessionId: string;
  // A store may call back from within the code that committed. The listener must not run in that
  // code's scope and update.
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #stops: (() => void)[] = [];
  /**
   * The point of the record that the session has seen: reported to the listener, or written by the
   * session itself.
   */
  #seen = "";
  #over = false;
  #running: Promise<void> | undefined;
  #again = false;
  #holds = 0;

  constructor(
    engine: LiveEngine,
    session: Session,
    registration: Registration | undefined,
    owner: string,
    listener: WatchListener<never>,
    options: WatchOptions,
  ) {
    this.#engine = engine;
    this.#session = session;
    this.#registration = registration;
    this.#owner = owner;
    this.#listener = listener;
    this.#options = options;
    this.#sessionId = session.id;
  }

  /** @throws PersistError `ERR_STORE_…` if the store cannot be reached; then nothing is watched */
  async start(): Promise<void> {
    this.#engine.watches.add(this);
    this.#stops.push(
      this.#engine.events.on("ended", ({ sessionId }) => {
        if (sessionId === this.#sessionId) this.#end();
      }),
    );
    this.#stops.push(endInTime(this.#engine, this.#sessionId));
    // Changes that arrive now wait until the first content is known.
    const first = this.#begin(this.#options.immediate ?? false);
    this.#running = first.catch(() => undefined);
    try {
      await first;
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      this.#running = undefined;
    }
    if (this.#again) this.#check();
  }

  stop(): void {
    this.#stop(false);
  }

  /** Waits for a running listener. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /**
   * Pauses the watch while the session writes: a store may report a commit before it acknowledges
   * it.
   */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      if (this.#again) this.#check();
    };
  }

  /**
   * Notes a write of the session itself. The listener need not be called, unless another writer
   * came in between.
   */
  wrote(owner: string, registration: Registration, outcome: WriteOutcome): void {
    if (owner !== this.#owner || registration.key !== this.#registration?.key) return;
    if (outcome.outcome !== "written") return;
    const before = outcome.previous === 0 ? "" : pointOf({ ...outcome, version: outcome.previous });
    if (this.#seen === before) this.#seen = pointOf(outcome);
  }

  /** Notes that the session itself ended the record's life. */
  cleared(owner: string, registration: Registration): void {
    if (owner === this.#owner && registration.key === this.#registration?.key) this.#seen = "";
  }

  async #begin(immediate: boolean): Promise<void> {
    const own = browserOwner(this.#sessionId);
    for (const owner of new Set([this.#owner, own])) await this.#subscribe(owner);
    const { owner } = await this.#engine.store.owner(own);
    if (owner === "ended") return this.#end();
    if (this.#registration === undefined) return;
    if (immediate) return await this.#turn(this.#registration, true);
    const { snapshot } = await loadState(this.#engine, this.#registration, this.#owner);
    this.#seen = pointOf(snapshot);
  }

  async #subscribe(owner: string): Promise<void> {
    const stop = await this.#engine.store.watch(owner, (change) => this.#changed(change));
    if (this.#over) stop();
    else this.#stops.push(stop);
  }

  #changed({ owner, state }: RecordChange): void {
    if (state === undefined && owner === browserOwner(this.#sessionId)) {
      // Other users of the session in this process (an open socket) do not know it yet.
      const live = this.#engine.live.get(this.#sessionId);
      if (live !== undefined) live.end("elsewhere");
      else {
        this.#engine.events.emit("ended", { sessionId: this.#sessionId, reason: "elsewhere" });
      }
    } else if (owner === this.#owner && (state === undefined || state === this.#registration?.key))
      this.#check();
  }

  #end(): void {
    this.#stop(true);
  }

  #stop(ended: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#engine.watches.delete(this);
    this.#session.watches?.delete(this);
    for (const stop of this.#stops.splice(0)) stop();
    this.#outside(() => {
      if (ended) this.#options.ended?.();
      this.#options.stopped?.();
    });
  }

  #check(): void {
    this.#again = true;
    const registration = this.#registration;
    if (registration === undefined) return;
    if (this.#running !== undefined || this.#over || this.#holds > 0) return;
    this.#running = this.#outside(() =>
      this.#engine.updating.run(NO_UPDATE, () => this.#turns(registration)),
    );
  }

  async #turns(registration: Registration): Promise<void> {
    while (this.#again && !this.#over) {
      this.#again = false;
      try {
        await this.#turn(registration, false);
      } catch (error) {
        if (!this.#over) report(this.#engine, error);
      }
    }
    this.#running = undefined;
  }

  async #turn(registration: Registration, always: boolean): Promise<void> {
    await this.#session.run(async () => {
      const state = await this.#session.restore(registration.stateClass);
      if (this.#over) return;
      // The token died meanwhile, and `restore` has begun another session.
      if (this.#session.id !== this.#sessionId) return this.#end();
      const held = scopes.getStore()?.live?.find(registration, this.#owner);
      const now = pointOf(held?.snapshot);
      if (now === this.#seen && !always) return;
      this.#seen = now;
      await this.#listener(state as never);
    });
  }
}

function pointOf(point: Pick<Snapshot, "epoch" | "version"> | undefined): string {
  return point === undefined ? "" : `${point.epoch}:${point.version}`;
}
