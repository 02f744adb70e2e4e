import { PersistError } from "../../errors.ts";
import { within } from "../within.ts";
import type { ListenConnection } from "./client.ts";

/** The first and the longest pause between two attempts to connect again, in milliseconds. */
const FIRST_PAUSE = 50;
const MAX_PAUSE = 1000;

export interface ListenerEvents {
  message(payload: string): void;
  /** Messages may have been missed: the connection was lost, and there is a new one. */
  again(): void;
}

/**
 * The connection on which the server reports commits. If it is lost, another one is opened, until
 * `close`.
 */
export class Listener {
  readonly #connect: () => Promise<ListenConnection>;
  readonly #channel: string;
  readonly #events: ListenerEvents;
  readonly #timeout: number;
  #connection: ListenConnection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    connect: () => Promise<ListenConnection>,
    channel: string,
    events: ListenerEvents,
    timeout: number,
  ) {
    this.#connect = connect;
    this.#channel = channel;
    this.#events = events;
    this.#timeout = timeout;
  }

  async open(): Promise<void> {
    const connection = await within(this.#timeout, this.#connect());
    if (this.#closed) {
      letGo(connection);
      throw new PersistError("ERR_STORE_CLOSED", "The PostgreSQL store is closed. Open it again.");
    }
    const lost = (): void => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      letGo(connection);
      this.#openAgain(FIRST_PAUSE);
    };
    connection.on("error", lost);
    connection.on("end", lost);
    connection.on("notification", ({ payload }) => {
      if (this.#connection === connection && payload !== undefined) this.#events.message(payload);
    });
    this.#connection = connection;
    try {
      await within(this.#timeout, connection.query({ text: `LISTEN "${this.#channel}"` }));
    } catch (error) {
      this.#connection = undefined;
      letGo(connection);
      throw error;
    }
  }

  /** Checks that the connection still answers: a silently cut one never reports it. */
  async check(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      await within(this.#timeout, connection.query({ text: "SELECT 1" }));
    } catch {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      letGo(connection);
      this.#openAgain(FIRST_PAUSE);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) letGo(connection, this.#channel);
  }

  #openAgain(pause: number): void {
    if (this.#closed) return;
    this.#retry = setTimeout(
      () => {
        this.open().then(
          () => this.#events.again(),
          () => this.#openAgain(Math.min(2 * pause, MAX_PAUSE)),
        );
      },
      pause * (0.75 + Math.random() / 2),
    ).unref();
  }
}

function letGo(connection: ListenConnection, channel?: string): void {
  if (connection.release !== undefined) connection.release(true);
  else if (connection.end !== undefined) connection.end().catch(() => undefined);
  else if (channel !== undefined)
    connection.query({ text: `UNLISTEN "${channel}"` }).catch(() => undefined);
}
