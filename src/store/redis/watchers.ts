import { tellLater } from "../tell.ts";
import { isPersistError } from "../../errors.ts";
import type { OwnerInfo, RecordChange } from "../store.ts";
import { answeredError, failureOf, unavailable } from "./failures.ts";
import type { RedisLink, Subscriber } from "./link.ts";
import { decodeName, type Keys } from "./names.ts";
import { within } from "../within.ts";

interface Watch {
  readonly listener: (change: RecordChange) => void;
  /**
   * The owner's version when the watch began. A cluster may deliver messages of earlier commits
   * late. `undefined` until the server has answered; messages that come before wait in `early`.
   */
  since: number | undefined;
  early: Heard[];
}

/** A parsed message. */
interface Heard {
  readonly state: string | undefined;
  readonly version: number;
}

/** A watched owner. */
interface Watched {
  readonly owner: string;
  readonly watches: Set<Watch>;
  /** The states that it had when last read. */
  states: readonly string[];
}

/**
 * Tells watchers about commits of any process. Uses one connection for messages, and one channel
 * for each watched owner.
 */
export class Watchers {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #readOwner: (owner: string) => Promise<OwnerInfo>;
  readonly #timeout: number;
  readonly #watched = new Map<string, Watched>();
  #subscriber: Promise<Subscriber> | undefined;
  /** Channels whose unsubscription is under way. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #end = new AbortController();

  constructor(
    link: RedisLink,
    keys: Keys,
    readOwner: (owner: string) => Promise<OwnerInfo>,
    timeout: number,
  ) {
    this.#link = link;
    this.#keys = keys;
    this.#readOwner = readOwner;
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
      const { states, version } = await this.#readOwner(owner);
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
    // Until the server has answered, a client may believe that the channel is still subscribed.
    await this.#leaving.get(channel);
    this.#subscriber ??= this.#open();
    await (await this.#subscriber).subscribe(channel);
  }

  /** If it fails, messages on the channel find no listener. */
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
    // A new watch may have begun meanwhile.
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

  /**
   * After missed messages: tells every watcher once about each state that may have changed
   * meanwhile.
   */
  async #catchUp(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const before = watched.states;
      const found = await this.#readOwner(watched.owner).catch(() => undefined);
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
