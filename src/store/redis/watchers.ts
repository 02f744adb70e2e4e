import { tellLater } from "../tell.ts";
import { isPersistError } from "../../errors.ts";
import type { OwnerInfo, RecordChange } from "../store.ts";
import { answeredError, failureOf, unavailable } from "./failures.ts";
import type { RedisLink, Subscriber } from "./link.ts";
import type { Keys } from "./names.ts";
import { decodeName } from "./names.ts";
import { within } from "../within.ts";

interface Watch {
  readonly listener: (change: RecordChange) => void;
  /**
   * The owner's version when the watch began: a cluster passes messages on so late that some are of commits before. `undefined`
   * while that is being asked for; what is heard meanwhile waits in `early`.
   */
  since: number | undefined;
  early: Heard[];
}

/** What a message said. */
interface Heard {
  readonly state: string | undefined;
  readonly version: number;
}

/** One owner that is watched. */
interface Watched {
  readonly owner: string;
  readonly watches: Set<Watch>;
  /** The states that it was last known to have. */
  states: readonly string[];
}

/** Tells watchers of commits, by any process: one connection for messages, one channel for each owner that is watched. */
export class Watchers {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #look: (owner: string) => Promise<OwnerInfo>;
  readonly #timeout: number;
  readonly #watched = new Map<string, Watched>();
  #subscriber: Promise<Subscriber> | undefined;
  /** Channels that are being left. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #end = new AbortController();

  constructor(
    link: RedisLink,
    keys: Keys,
    look: (owner: string) => Promise<OwnerInfo>,
    timeout: number,
  ) {
    this.#link = link;
    this.#keys = keys;
    this.#look = look;
    this.#timeout = timeout;
  }

  /** @throws PersistError `ERR_STORE_UNAVAILABLE` */
  async add(owner: string, listener: Watch["listener"]): Promise<() => void> {
    const channel = this.#keys.owner(owner);
    const watch: Watch = { listener, since: undefined, early: [] };
    const watched = this.#watched.get(channel) ?? { owner, watches: new Set(), states: [] };
    this.#watched.set(channel, watched);
    watched.watches.add(watch);
    const stop = (): void => {
      watched.watches.delete(watch);
      if (watched.watches.size > 0 || this.#watched.get(channel) !== watched) return;
      this.#watched.delete(channel);
      this.#leave(channel);
    };
    try {
      await within(this.#timeout, this.#subscribe(channel));
      const { states, version } = await this.#look(owner);
      watched.states = states;
      watch.since = version;
      for (const heard of watch.early.splice(0)) tell(watched, watch, heard);
      return stop;
    } catch (error) {
      stop();
      if (isPersistError(error)) throw error;
      const { code } = failureOf(error);
      throw code === undefined
        ? unavailable("the connection for changes failed", this.#link.trouble ?? error)
        : answeredError(code, error);
    }
  }

  close(): void {
    this.#watched.clear();
    this.#end.abort();
  }

  async #subscribe(channel: string): Promise<void> {
    // A client may take the channel for subscribed until the server has answered that it is not.
    await this.#leaving.get(channel);
    this.#subscriber ??= this.#open();
    await (await this.#subscriber).subscribe(channel);
  }

  /** Where it fails, what still comes in on the channel finds no listener. */
  #leave(channel: string): void {
    const left = this.#unsubscribe(channel)
      .catch(() => undefined)
      .finally(() => {
        if (this.#leaving.get(channel) === left) this.#leaving.delete(channel);
      });
    this.#leaving.set(channel, left);
  }

  async #unsubscribe(channel: string): Promise<void> {
    const subscriber = await this.#subscriber;
    // Somebody may watch again by now.
    if (!this.#watched.has(channel)) await subscriber?.unsubscribe(channel);
  }

  #open(): Promise<Subscriber> {
    const events = {
      message: (channel: string, message: string) => this.#hear(channel, message),
      again: () => void this.#catchUp().catch(() => undefined),
    };
    const opening = this.#link.subscriber(events, this.#end.signal);
    opening.catch(() => {
      if (this.#subscriber === opening) this.#subscriber = undefined;
    });
    return opening;
  }

  #hear(channel: string, message: string): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    const colon = message.indexOf(":");
    const version = Number(message.slice(0, colon));
    const state = message[colon + 1] === "s" ? decodeName(message.slice(colon + 2)) : undefined;
    if (state !== undefined && !watched.states.includes(state))
      watched.states = [...watched.states, state];
    tellAll(watched, { state, version });
  }

  /** Messages were missed: every watcher is told of each state that may have changed meanwhile, once. */
  async #catchUp(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const before = watched.states;
      const found = await this.#look(watched.owner).catch(() => undefined);
      if (found?.owner === "ended") {
        tellAll(watched, { state: undefined, version: Infinity });
        continue;
      }
      watched.states = found?.states ?? before;
      for (const state of new Set([...before, ...watched.states]))
        tellAll(watched, { state, version: Infinity });
    }
  }
}

function tellAll(watched: Watched, heard: Heard): void {
  for (const watch of watched.watches) tell(watched, watch, heard);
}

function tell({ owner, watches }: Watched, watch: Watch, heard: Heard): void {
  if (watch.since === undefined) watch.early.push(heard);
  else if (heard.version > watch.since) {
    tellLater(watches, watch, watch.listener, { owner, state: heard.state });
  }
}
