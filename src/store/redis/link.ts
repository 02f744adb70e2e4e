/** An argument of a command. */
export type Argument = string | Buffer;

/** Sends one command and gives its reply, strings in it as Buffers. */
export type SendCommand = (args: readonly Argument[]) => Promise<unknown>;

/** A connection to the server, by any client library. */
export interface RedisLink {
  /**
   * @param key - the key that the command concerns: a cluster sends it to the node that holds it
   */
  send(key: string, args: readonly Argument[]): Promise<unknown>;
  /** The prefix that the client itself adds to every key. Keys that the server names include it. */
  readonly keyPrefix: string;
  /** All nodes that hold keys: one, or the masters of a cluster. */
  nodes(): Promise<readonly SendCommand[]>;
  /** Opens a connection for messages. The signal ends it, even while it is being opened. */
  subscriber(events: SubscriberEvents, end: AbortSignal): Promise<Subscriber>;
  /**
   * Replaces a connection of our own that does not answer, if it was opened before `since` (by
   * `performance.now`).
   */
  renew(since: number): void;
  /** Why there is no connection, if the client has said so. */
  readonly trouble: unknown;
  /** Calls the listener each time that there is a connection again. */
  onReady(listener: () => void): void;
  /** Closes our own connections. The app's client stays open. */
  close(): Promise<void>;
}

export interface SubscriberEvents {
  message(channel: string, message: string): void;
  /** The connection was lost and is back with all its channels. Messages may have been missed. */
  again(): void;
}

export interface Subscriber {
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
}
