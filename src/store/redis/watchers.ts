import type { OwnerInfo, RecordChange } from "../store.ts";
import { answeredError, failureOf, unavailable } from "./failures.ts";
import type { RedisLink, Subscriber } from "./link.ts";
import type { Keys } from "./names.ts";
import { decodeName } from "./names.ts";
import { within } from "../within.ts";

type Listener = (change: RecordChange) => void;

/** One owner that is watched. */
interface Watched {
  readonly owner: string;
  readonly listeners: Set<Listener>;
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
  #closed = false;

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
  async add(owner: string, listener: Listener): Promise<() => void> {
    const channel = this.#keys.owner(owner);
    // A function of its own, so that one listener may watch twice.
    const own: Listener = (change) => listener(change);
    const watched = this.#watched.get(channel) ?? { owner, listeners: new Set(), states: [] };
    this.#watched.set(channel, watched);
    watched.listeners.add(own);
    const stop = (): void => {
      watched.listeners.delete(own);
      if (watched.listeners.size > 0 || this.#watched.get(channel) !== watched) return;
      this.#watched.delete(channel);
      this.#unsubscribe(channel).catch(() => undefined);
    };
    try {
      await within(this.#timeout, this.#subscribe(channel));
      watched.states = (await this.#look(owner)).states;
      return stop;
    } catch (error) {
      stop();
      const { code } = failureOf(error);
      throw code === undefined
        ? unavailable("the connection for changes failed", this.#link.trouble ?? error)
        : answeredError(code, error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#watched.clear();
    this.#subscriber?.then((subscriber) => subscriber.close()).catch(() => undefined);
  }

  async #subscribe(channel: string): Promise<void> {
    this.#subscriber ??= this.#open();
    await (await this.#subscriber).subscribe(channel);
  }

  /** Where it fails, what still comes in on the channel finds no listener. */
  async #unsubscribe(channel: string): Promise<void> {
    const subscriber = await this.#subscriber;
    // Somebody may watch again by now.
    if (!this.#watched.has(channel)) await subscriber?.unsubscribe(channel);
  }

  #open(): Promise<Subscriber> {
    const opening = this.#link.subscriber({
      message: (channel, message) => this.#hear(channel, message),
      again: () => void this.#catchUp().catch(() => undefined),
    });
    opening.then(
      (subscriber) => this.#closed && subscriber.close(),
      () => {
        if (this.#subscriber === opening) this.#subscriber = undefined;
      },
    );
    return opening;
  }

  #hear(channel: string, message: string): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    const state = message.startsWith("s") ? decodeName(message.slice(1)) : undefined;
    if (state !== undefined && !watched.states.includes(state))
      watched.states = [...watched.states, state];
    tell(watched, state);
  }

  /** Messages were missed: every watcher is told of each state that may have changed meanwhile, once. */
  async #catchUp(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const before = watched.states;
      const found = await this.#look(watched.owner).catch(() => undefined);
      if (found?.owner === "ended") {
        tell(watched, undefined);
        continue;
      }
      watched.states = found?.states ?? before;
      for (const state of new Set([...before, ...watched.states])) tell(watched, state);
    }
  }
}

function tell({ owner, listeners }: Watched, state: string | undefined): void {
  for (const listener of listeners) {
    // Each in a task of its own, so that one that throws does not keep the others from being told.
    queueMicrotask(() => listeners.has(listener) && listener({ owner, state }));
  }
}
