import { PersistError } from "../../errors.ts";

/** A `Pool` or a connected `Client` of the package `pg` (8.x), or what behaves like one. */
export interface PostgresClient {
  query(query: { text: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
  /** Of a pool: gives a connection of its own, which `watch` needs. */
  connect?(...args: never[]): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** How the store reaches its server. */
export interface PostgresLink {
  /** One statement, at most so many milliseconds; a connection that did not answer in time is not used again. */
  query(text: string, values: readonly unknown[], timeout: number): Promise<readonly Row[]>;
  /** Several statements as one transaction, without values. */
  script(text: string, timeout: number): Promise<void>;
  /** A connection for messages. */
  listener(): Promise<ListenConnection>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

/** One connection that nobody else uses, as `pg` gives it. */
export interface ListenConnection {
  query(query: { text: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
  on(event: "notification", listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  /** Of a connection of our own. */
  end?(): Promise<void>;
  /** Of a connection of a pool; true: it is not to be used again. */
  release?(destroy: boolean): void;
}

const ignore = (): void => undefined;

/** @throws PersistError `ERR_OPTION_INVALID` */
export function clientLink(client: PostgresClient): PostgresLink {
  if (typeof client?.query !== "function" || typeof client.on !== "function") {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "The option client must be a Pool or a Client of the package pg (8 or later).",
    );
  }
  // Without a listener an idle connection that is lost would end the process; the next call makes a new one.
  client.on("error", ignore);
  // A pool counts its connections, a single connection has nothing to count.
  const isPool = "totalCount" in client && client.connect !== undefined;
  const single = isPool ? undefined : oneAtATime(client);
  const one = single ?? client;
  return {
    async query(text, values, timeout) {
      return await queryRows(one, text, values, timeout);
    },
    async script(text, timeout) {
      await one.query(statement({ text, query_timeout: timeout }));
    },
    async listener() {
      return single ?? ((await client.connect?.()) as ListenConnection);
    },
    async close() {
      client.off("error", ignore);
    },
  };
}

export async function queryRows(
  client: Pick<PostgresClient, "query">,
  text: string,
  values: readonly unknown[],
  timeout: number,
): Promise<readonly Row[]> {
  const query = statement({ text, values: [...values], query_timeout: timeout });
  return (await client.query(query)).rows as Row[];
}

/** `query_timeout` is an option of `pg` that not every wrapper's types name. */
export function statement<T extends { text: string; values?: unknown[]; query_timeout: number }>(
  query: T,
): T {
  return { ...query, query_timeout: Math.max(1, Math.ceil(query.query_timeout)) };
}

/**
 * A single connection, which answers one statement after the other. It is also the one for messages; ending it is up to whoever
 * made it.
 */
function oneAtATime(client: PostgresClient): ListenConnection {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async query(query) {
      const result = last.then(() => client.query(query));
      last = result.catch(ignore);
      return await result;
    },
    on: (event: "notification" | "error" | "end", listener: (message: never) => void) =>
      (client as { on(event: string, listener: unknown): unknown }).on(event, listener),
  };
}
