import { once } from "node:events";
import type { EventEmitter } from "node:events";
import type { Argument, RedisLink, Subscriber, SubscriberEvents } from "./link.ts";

/** What is used of a client of ioredis, for one server or a cluster. */
interface Ioredis extends EventEmitter {
  readonly options?: { readonly keyPrefix?: string | undefined };
  callBuffer(command: string, args: readonly Argument[]): Promise<unknown>;
  duplicate(...overrides: unknown[]): Ioredis & {
    readonly status: string;
    connect(): Promise<unknown>;
    subscribe(...channels: string[]): Promise<unknown>;
    unsubscribe(...channels: string[]): Promise<unknown>;
    disconnect(): void;
  };
  /** Only of a cluster. */
  nodes?(role: "master"): Ioredis[];
}

/** A link over a client that was given; its owner closes it. */
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
    async subscriber(events) {
      return await openSubscriber(client, events);
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

async function openSubscriber(client: Ioredis, events: SubscriberEvents): Promise<Subscriber> {
  const cluster = client.nodes !== undefined;
  // Subscribed again here and not by the client, to know when that is done. A cluster's client does it out of sight.
  const own = cluster
    ? client.duplicate()
    : client.duplicate({ autoResubscribe: false, lazyConnect: true });
  const channels = new Set<string>();
  const resubscribe = async (): Promise<void> => {
    if (!cluster && channels.size > 0) await own.subscribe(...channels);
    events.again();
  };
  // Whoever sends commands is told of errors; this connection has nobody to tell, and connects again.
  own.on("error", () => undefined);
  own.on("message", (channel: string, message: string) => events.message(channel, message));
  if (own.status === "wait") await own.connect();
  else if (own.status !== "ready") await once(own, "ready");
  own.on(cluster ? "+subscriber" : "ready", () => void resubscribe().catch(() => undefined));
  return {
    async subscribe(channel) {
      await own.subscribe(channel);
      channels.add(channel);
    },
    async unsubscribe(channel) {
      channels.delete(channel);
      await own.unsubscribe(channel);
    },
    close: () => own.disconnect(),
  };
}
