import { EventEmitter, once } from "node:events";
import { PersistError } from "../../errors.ts";
import { serverError } from "./failures.ts";
import type { RedisLink, SendCommand } from "./link.ts";
import {
  endClient,
  type NodeRedis,
  type NodeRedisSubscriber,
  openSubscriber,
  senderOf,
} from "./node-redis-link.ts";

/**
 * How long the server may take to accept a connection, and the longest wait between two attempts to
 * connect.
 */
const CONNECT_TIMEOUT = 2000;
const MAX_PAUSE = 500;

type Client = NodeRedis & {
  connect(): Promise<unknown>;
  readonly isReady: boolean;
  ref(): void;
  unref(): void;
};

/**
 * Our own link, and a promise that settles when it is known whether it can be used: it is
 * connected, or the server has refused it.
 */
export interface UrlLink extends RedisLink {
  readonly contact: Promise<void>;
}

/**
 * A link to the server of a URL, by the package `redis`. It reconnects as long as it is open.
 */
export async function urlLink(url: string): Promise<UrlLink> {
  const { createClient } = await loadDriver();
  const settings: object = {
    url,
    // Commands that cannot be sent now fail now; the caller tries again, and knows how long.
    disableOfflineQueue: true,
    commandOptions: { timeout: undefined },
    socket: {
      connectTimeout: CONNECT_TIMEOUT,
      noDelay: true,
      reconnectStrategy: (retries: number) =>
        Math.min(20 * 2 ** Math.min(retries, 10), MAX_PAUSE) * (0.75 + Math.random() / 2),
    },
  };
  const ready = new Set<() => void>();
  let trouble: unknown;
  let connectedAt = 0;
  let closed = false;
  let busy = 0;
  const known = new EventEmitter();
  const contact = once(known, "known").then(() => undefined);

  const open = (): Client => {
    const client: Client = createClient(settings);
    client.on("error", (error) => {
      trouble = error;
      if (serverError(error) !== undefined) known.emit("known");
    });
    client.on("ready", () => {
      trouble = undefined;
      connectedAt = performance.now();
      known.emit("known");
      if (busy === 0) client.unref();
      for (const listener of ready) listener();
    });
    // It keeps trying; `trouble` has the reason for the last failure.
    client.connect().catch((error: unknown) => (trouble ??= error));
    return client;
  };
  let client = open();

  /** An idle connection does not keep the process alive: the app ends when its own server has. */
  const send: SendCommand = async (args) => {
    const used = client;
    if (busy++ === 0) used.ref();
    try {
      return await senderOf(used)(args);
    } finally {
      if (--busy === 0) client.unref();
    }
  };

  return {
    contact,
    keyPrefix: "",
    get trouble() {
      return trouble;
    },
    send: async (_key, args) => await send(args),
    nodes: async () => [send],
    async subscriber(events, end) {
      const own = client.duplicate() as NodeRedisSubscriber & Pick<Client, "unref">;
      const subscriber = await openSubscriber(own, events, end);
      own.unref();
      return subscriber;
    },
    onReady: (listener) => void ready.add(listener),
    renew(since) {
      if (closed || !client.isReady || connectedAt >= since) return;
      const old = client;
      client = open();
      endClient(old);
    },
    async close() {
      closed = true;
      endClient(client);
    },
  };
}

async function loadDriver() {
  try {
    return await import("redis");
  } catch (cause) {
    throw new PersistError(
      "ERR_STORE_UNAVAILABLE",
      "A Redis store with a URL needs the package redis: npm install redis. Or give a client: openRedisStore({ client }).",
      { cause },
    );
  }
}
