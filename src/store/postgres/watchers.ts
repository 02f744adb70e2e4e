import { createHash, randomUUID } from "node:crypto";
import { isPersistError } from "../../errors.ts";
import { type ChangeListener, tellLater } from "../tell.ts";
import { within } from "../within.ts";
import type { Calls } from "./calls.ts";
import type { ListenConnection } from "./client.ts";
import { unavailable } from "./failures.ts";
import { Listener } from "./listener.ts";
import { decodeName, isHashed, storedName } from "./names.ts";
import { changedReply } from "./replies.ts";
import type { Requests } from "./requests.ts";

/** A watched owner. */
interface Watched {
  readonly owner: string;
  readonly key: string;
  readonly listeners: Set<ChangeListener>;
  /** The owner's version that the listeners have been told about. */
  version: number;
}

/**
 * How long an owner stays registered as watched, and how often that is renewed, in milliseconds.
 */
const WATCHED_FOR = 60_000;
const INTERVAL = 20_000;

/**
 * Tells watchers about commits of any process. Uses one connection for messages, and a row in the
 * database for each watched owner.
 */
export class Watchers {
  readonly #calls: Calls;
  readonly #requests: Requests;
  readonly #listener: Listener;
  readonly #timeout: number;
  readonly #say: (message: string) => Promise<unknown>;
  /** Watched owners by the hash that messages carry. */
  readonly #watched = new Map<string, Watched>();
  readonly #greetings = new Map<string, () => void>();
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = 0;

  constructor(
    calls: Calls,
    requests: Requests,
    connect: () => Promise<ListenConnection>,
    channel: string,
    timeout: number,
  ) {
    this.#calls = calls;
    this.#requests = requests;
    this.#timeout = timeout;
    const events = {
      message: (payload: string) => this.#hear(payload),
      again: () => void this.#renew(true),
    };
    this.#listener = new Listener(connect, channel, events, timeout);
    this.#say = (message) =>
      calls.run(() => ({ text: "SELECT pg_notify($1, $2)", values: [channel, message] }), {
        writes: false,
      });
  }

  /** @throws PersistError `ERR_STORE_UNAVAILABLE` */
  async add(owner: string, listener: ChangeListener): Promise<() => void> {
    const { key } = storedName(owner);
    const hash = createHash("md5").update(key).digest("hex");
    const watched = this.#watched.get(hash) ?? { owner, key, listeners: new Set(), version: 0 };
    this.#watched.set(hash, watched);
    // A new function each time: one listener may watch twice.
    const own: ChangeListener = (change) => listener(change);
    watched.listeners.add(own);
    const stop = (): void => {
      watched.listeners.delete(own);
      if (watched.listeners.size === 0 && this.#watched.get(hash) === watched)
        this.#watched.delete(hash);
    };
    try {
      this.#opening ??= this.#open();
      await this.#opening;
      await this.#calls.run(this.#requests.watch([key], WATCHED_FOR), { writes: false });
      const { version } = await this.#read(watched, 0);
      watched.version = Math.max(watched.version, version);
      return stop;
    } catch (error) {
      stop();
      if (isPersistError(error)) throw error;
      throw unavailable("the connection for changes failed", error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listener.close();
    this.#watched.clear();
  }

  async #open(): Promise<void> {
    try {
      await this.#listener.open();
      await this.#greet();
      this.#timer = setInterval(() => void this.#renew(false), INTERVAL).unref();
      this.#renewedAt = performance.now();
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /**
   * Checks by a message to itself that messages arrive: PgBouncer in transaction mode accepts
   * LISTEN and then passes nothing on.
   */
  async #greet(): Promise<void> {
    const greeting = `hello ${randomUUID()}`;
    const heard = new Promise<void>((resolve) => this.#greetings.set(greeting, resolve));
    try {
      await this.#say(greeting);
      await within(this.#timeout, heard);
    } catch (error) {
      this.#listener.close();
      if (isPersistError(error)) throw error;
      throw unavailable(
        "messages of the database do not arrive, as behind PgBouncer in transaction mode; give the option watchUrl, a URL that " +
          "leads to the server directly",
      );
    } finally {
      this.#greetings.delete(greeting);
    }
  }

  #hear(payload: string): void {
    const greeted = this.#greetings.get(payload);
    if (greeted !== undefined) return greeted();
    const [hash = "", number = "", what = ""] = split(payload);
    const watched = this.#watched.get(hash);
    if (watched === undefined) return;
    const before = watched.version;
    watched.version = Math.max(before, Number(number));
    if (what === "e") return tell(watched, undefined);
    const state = what.slice(1);
    if (!isHashed(state)) return tell(watched, decodeName(state));
    this.#catchUp(watched, Math.min(before, Number(number) - 1)).catch(() => undefined);
  }

  /**
   * Renews the registration of watched owners. If it had lapsed, or messages were missed, looks for
   * changes.
   */
  async #renew(missed: boolean): Promise<void> {
    if (this.#watched.size === 0) return;
    const began = performance.now();
    try {
      const keys = [...this.#watched.values()].map(({ key }) => key);
      await this.#calls.run(this.#requests.watch(keys, WATCHED_FOR), { writes: false });
      const lapsed = began - this.#renewedAt > WATCHED_FOR - INTERVAL;
      this.#renewedAt = began;
      if (missed || lapsed) {
        for (const watched of this.#watched.values()) await this.#catchUp(watched, watched.version);
      } else {
        await this.#listener.check();
      }
    } catch {
      // The store cannot be reached, which callers learn from their own calls. Look for changes
      // once it can be reached again.
      this.#renewedAt = -Infinity;
    }
  }

  /** Reports what has changed after a version, each state once. */
  async #catchUp(watched: Watched, since: number): Promise<void> {
    const { status, version, states } = await this.#read(watched, since);
    if (status === "absent" || version === since) return;
    watched.version = version;
    if (status === "ended") return tell(watched, undefined);
    // A lower version belongs to another life of the owner, which the listeners do not know yet.
    const changed = version < since ? (await this.#read(watched, 0)).states : states;
    for (const state of changed) tell(watched, state);
  }

  async #read({ key }: Watched, since: number): Promise<ReturnType<typeof changedReply>> {
    return changedReply(
      await this.#calls.run(this.#requests.changed(key, since), { writes: false }),
    );
  }
}

function split(payload: string): string[] {
  const [hash = "", version = ""] = payload.split(" ", 2);
  return [hash, version, payload.slice(hash.length + version.length + 2)];
}

function tell({ owner, listeners }: Watched, state: string | undefined): void {
  for (const listener of listeners) tellLater(listeners, listener, listener, { owner, state });
}
