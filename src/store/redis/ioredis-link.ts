import type { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Argument, RedisLink, Subscriber, SubscriberEvents } from "./link.ts";

/** The part of a client of ioredis that we use, for one server or a cluster. */
interface Ioredis extends EventEmitter {
  readonly options?: { readonly keyPrefix?: string | undefined };
  callBuffer(command: string, args: readonly Argument[]): Promise<unknown>;
  duplicate(overrides: object): SubscribingIoredis;
  /** Only of a cluster. */
  nodes?(role: "master"): Ioredis[];
}

interface SubscribingIoredis extends EventEmitter {
  readonly status: string;
  connect(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

/** Makes a link over the app's own client, which the app closes. */
export function ioredisLink(given: unknown): RedisLink {
  const client = given as Ioredis;
  let trouble: unknown;
  client.on("error", (error) => (trouble = error));
  const send = async (to: Ioredis, args: readonly Argument[]): Promise<unknown> => {
    const [command, ...rest] = args;
    return await to.callBuffer(String(command), rest);
  };
  return {
    keyPrefix: client.options?.keyPrefix ?? "",
    get trouble() {
      return trouble;
    },
    send: async (_key, args) => await send(client, args),
    async nodes() {
      const nodes = client.nodes?.("master") ?? [client];
      return nodes.map((node) => async (args: readonly Argument[]) => await send(node, args));
    },
    async subscriber(events, end) {
      return await openSubscriber(client, events, end);
    },
    onReady(listener) {
      client.on("ready", () => {
        trouble = undefined;
        listener();
      });
    },
    renew() {},
    async close() {},
  };
}

/** How long to wait before a lost connection for messages is opened again, in milliseconds. */
const PAUSE = 100;

/**
 * Opens a connection for messages: to the server, or to any node of a cluster, since all nodes pass
 * all messages on. If it is lost, it is opened again here and not by the client: that of a cluster
 * may lose channels while it changes the node.
 */
async function openSubscriber(
  client: Ioredis,
  events: SubscriberEvents,
  end: AbortSignal,
): Promise<Subscriber> {
  const channels = new Set<string>();

  const connect = async (): Promise<SubscribingIoredis> => {
    const nodes = client.nodes?.("master") ?? [client];
    const node = nodes[Math.floor(Math.random() * nodes.length)] ?? client;
    const connection = node.duplicate({
      lazyConnect: true,
      autoResubscribe: false,
      retryStrategy: () => null,
    });
    // Callers of commands get errors. This connection has no caller, and is simply opened again.
    connection.on("error", () => undefined);
    connection.on("message", (channel: string, message: string) =>
      events.message(channel, message),
    );
    try {
      await connection.connect();
      if (channels.size > 0) await connection.subscribe(...channels);
      if (end.aborted || connection.status === "end") throw new Error("the connection was closed");
    } catch (error) {
      connection.disconnect();
      throw error;
    }
    connection.once("end", () => void again().catch(() => undefined));
    return connection;
  };
  const again = async (): Promise<void> => {
    await delay(PAUSE, undefined, { ref: false });
    if (end.aborted) return;
    try {
      own = await connect();
    } catch {
      // Not there yet.
      await again();
      return;
    }
    events.again();
  };

  let own = await connect();
  end.addEventListener("abort", () => own.disconnect(), { once: true });
  return {
    async subscribe(channel) {
      await own.subscribe(channel);
      channels.add(channel);
    },
    async unsubscribe(channel) {
      channels.delete(channel);
      await own.unsubscribe(channel);
    },
  };
}
