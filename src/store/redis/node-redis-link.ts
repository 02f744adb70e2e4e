import type { Argument, RedisLink, SendCommand, Subscriber, SubscriberEvents } from "./link.ts";

/** Asks node-redis for Buffers: 36 is its number for the RESP type that holds strings. */
const STRINGS_AS_BUFFERS = { typeMapping: { 36: Buffer } };

/** The part of a client of node-redis that we use. */
export interface NodeRedis {
  sendCommand(args: readonly Argument[], options: object): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
  on(event: string, listener: (error?: unknown) => void): unknown;
  destroy(): void;
}

export interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(
    channel: string,
    listener: (message: string, channel: string) => void,
  ): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (error?: unknown) => void): unknown;
  destroy(): void;
}

/** The part of its cluster client that we use. */
interface NodeRedisCluster extends Omit<NodeRedis, "sendCommand"> {
  readonly masters: readonly object[];
  sendCommand(
    key: string,
    readonly: boolean,
    args: readonly Argument[],
    options: object,
  ): Promise<unknown>;
  nodeClient(node: object): Promise<NodeRedis>;
}

/** Makes a link over the app's own client, which the app connects and closes. */
export function nodeRedisLink(given: unknown): RedisLink {
  const single = given as NodeRedis;
  const cluster = "masters" in single ? (given as NodeRedisCluster) : undefined;
  let trouble: unknown;
  single.on("error", (error) => (trouble = error));
  return {
    keyPrefix: "",
    get trouble() {
      return trouble;
    },
    async send(key, args) {
      if (cluster === undefined) return await single.sendCommand(args, STRINGS_AS_BUFFERS);
      return await cluster.sendCommand(key, false, args, STRINGS_AS_BUFFERS);
    },
    async nodes() {
      const clients =
        cluster === undefined
          ? [single]
          : await Promise.all(cluster.masters.map(async (node) => await cluster.nodeClient(node)));
      return clients.map(senderOf);
    },
    async subscriber(events, end) {
      return await openSubscriber(single.duplicate(), events, end);
    },
    onReady(listener) {
      single.on("ready", () => {
        trouble = undefined;
        listener();
      });
    },
    renew() {},
    async close() {},
  };
}

export function senderOf(client: NodeRedis): SendCommand {
  return async (args) => await client.sendCommand(args, STRINGS_AS_BUFFERS);
}

/** Connects a client for messages. It subscribes again by itself after its connection was lost. */
export async function openSubscriber(
  client: NodeRedisSubscriber,
  events: SubscriberEvents,
  end: AbortSignal,
): Promise<Subscriber> {
  end.addEventListener("abort", () => endClient(client), { once: true });
  // Callers of commands get errors. This connection has no caller, and simply connects again.
  client.on("error", () => undefined);
  let lost = false;
  // The client of a cluster emits "node-…" events for any node: the one that came back may be the
  // one with the messages.
  for (const event of ["reconnecting", "node-reconnecting", "node-disconnect"])
    client.on(event, () => (lost = true));
  for (const event of ["ready", "node-ready"]) client.on(event, () => lost && events.again());
  try {
    await client.connect();
  } catch (error) {
    client.destroy();
    throw error;
  }
  const listener = (message: string, channel: string): void => events.message(channel, message);
  return {
    subscribe: async (channel) => void (await client.subscribe(channel, listener)),
    unsubscribe: async (channel) => void (await client.unsubscribe(channel)),
  };
}

/**
 * Ends a client for good. `destroy` alone would let a connection that is being opened succeed,
 * which keeps the process alive.
 */
export function endClient(client: Pick<NodeRedis, "on" | "destroy">): void {
  client.on("connect", () => client.destroy());
  client.destroy();
}
