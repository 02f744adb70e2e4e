import assert from "node:assert/strict";
import { isPersistError } from "../../../src/errors.ts";
import type { ErrorCode } from "../../../src/errors.ts";
import type { Store } from "../../../src/store/store.ts";
import { until } from "../../../src/testing/contract/fixture.ts";

/** A real server of a test, as far as both kinds of them are alike. */
export interface Server {
  readonly port: number;
  readonly url: string;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  remove(): Promise<void>;
}

/** A store and the client that it was given, if it was given one. */
export interface Opened {
  readonly store: Store;
  /** Ends the client; the store is closed before. */
  readonly end: () => Promise<void>;
}

export interface EngineOptions {
  /** In milliseconds. */
  readonly timeout?: number;
  readonly connections?: number;
}

/** What the suites of this directory need to know about a store over a network. */
export interface Engine<S extends Server = Server> {
  readonly name: "redis" | "postgres";
  /** Starts a server that keeps what it has acknowledged. */
  startServer(): Promise<S>;
  /** The URL of a server, or of a proxy in front of it, at this port. */
  urlAt(port: number, options?: EngineOptions): string;
  open(url: string): Promise<Store>;
  /** Each kind of client by which a store can be opened and that connects again by itself. */
  readonly clients: Readonly<Record<string, (url: string) => Promise<Opened>>>;
  /** Clients that do not connect again. */
  readonly singles: Readonly<Record<string, (url: string) => Promise<Opened>>>;
  /** Ends the connections of all stores, as an administrator may. */
  disconnectAll(server: S): Promise<void>;
  /** The ways in which the server can be ended while commits are under way. */
  readonly signals: readonly NodeJS.Signals[];
  /** Whether the store removes what has expired itself. */
  readonly sweeps: boolean;
  /**
   * Whether a watcher that was cut off hears nothing of a record that has not changed meanwhile.
   */
  readonly knowsUnchanged: boolean;
  /** The most bytes of a read that finds nothing new, both ways together. */
  readonly emptyRead: number;
}

/** For `assert.rejects`. */
export function is(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isPersistError(error, code), String(error));
    return true;
  };
}

/** Waits until the store answers. */
export async function answers(store: Store): Promise<void> {
  await until("the store answers", async () => {
    return (await store.read("b:1", "app").catch(() => undefined)) !== undefined;
  });
}
