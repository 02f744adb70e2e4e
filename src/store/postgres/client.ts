import { PersistError } from "../../errors.ts";
import { PreparedNames } from "./prepared.ts";

/**
 * A `Pool` or a connected `Client` of the package `pg` (8.x), or an object that behaves like one.
 */
export interface PostgresClient {
  /** Sends one statement. */
  query(query: { text: string; values?: unknown[]; name?: string }): Promise<{ rows: unknown[] }>;
  /** Only of a pool: gives a connection, which `watch` needs. */
  connect?(...args: never[]): unknown;
  /** Adds a listener of errors. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Removes it. */
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** The connections of the store to its server. */
export interface PostgresLink {
  /**
   * One statement, at most this many milliseconds; a connection that did not answer in time is not
   * used again. Its text is one of few: servers may keep it parsed.
   */
  query(text: string, values: readonly unknown[], timeout: number): Promise<readonly Row[]>;
  /** Several statements as one transaction, without values. */
  script(text: string, timeout: number): Promise<void>;
  /** A connection for messages. */
  listener(): Promise<ListenConnection>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

/** A connection of `pg` for messages alone. */
export interface ListenConnection {
  query(query: { text: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
  on(event: "notification", listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  /** Only of a connection of our own. */
  end?(): Promise<void>;
  /** Only of a connection of a pool. With `true` the pool does not use it again. */
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
  // Without a listener, the loss of an idle connection would end the process. The next call opens a
  // new one.
  client.on("error", ignore);
  // Only a pool counts its connections.
  const isPool = "totalCount" in client && client.connect !== undefined;
  const single = isPool ? undefined : oneAtATime(client);
  const one = single ?? client;
  const prepared = new PreparedNames();
  return {
    query: (text, values, timeout) => queryRows(one, prepared, text, values, timeout),
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

export function queryRows(
  client: Pick<PostgresClient, "query">,
  prepared: PreparedNames,
  text: string,
  values: readonly unknown[],
  timeout: number,
): Promise<readonly Row[]> {
  return prepared.query(text, (name) => {
    const query = statement({ text, values: [...values], query_timeout: timeout });
    const sent = client.query(name === undefined ? query : { ...query, name });
    return sent.then(({ rows }) => rows as Row[]);
  });
}

/** Adds `query_timeout`, an option of `pg` that the types of some wrappers lack. */
export function statement<T extends { text: string; values?: unknown[]; query_timeout: number }>(
  query: T,
): T {
  return { ...query, query_timeout: Math.max(1, Math.ceil(query.query_timeout)) };
}

/**
 * Makes a single connection answer one statement after the other. It is also used for messages. The
 * app closes it.
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
