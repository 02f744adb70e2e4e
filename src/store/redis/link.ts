/** An argument of a command. */
export type Argument = string | Buffer;

/** Sends one command and gives its reply, strings in it as Buffers. */
export type SendCommand = (args: readonly Argument[]) => Promise<unknown>;

/** A way to reach the server, whatever client library carries it. */
export interface RedisLink {
  /** @param key - the key that the command is about: a cluster sends it to the node that has it */
  send(key: string, args: readonly Argument[]): Promise<unknown>;
  /** What the client puts before every key by itself; keys that the server names have it. */
  readonly keyPrefix: string;
  /** All nodes that hold keys: one, or the masters of a cluster. */
  nodes(): Promise<readonly SendCommand[]>;
  /** Opens a connection for messages, which ends with the signal, also while it is still on its way. */
  subscriber(events: SubscriberEvents, end: AbortSignal): Promise<Subscriber>;
  /** Gives up a connection, opened before `since` (by `performance.now`), that does not answer. Only for connections of our own. */
  renew(since: number): void;
  /** Why there is no connection, where the client has said so. */
  readonly trouble: unknown;
  /** Calls back each time when there is a connection again. */
  onReady(listener: () => void): void;
  /** Lets go of what is ours; a client that was given stays as it is. */
  close(): Promise<void>;
}

export interface SubscriberEvents {
  message(channel: string, message: string): void;
  /** The connection was lost and is there again, with all its channels: messages may have been missed. */
  again(): void;
}

export interface Subscriber {
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
}
