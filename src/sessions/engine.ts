import type { AsyncLocalStorage } from "node:async_hooks";
import type { KeyRing } from "../session/key-ring.ts";
import type { RecordCache } from "../state/record-cache.ts";
import type { Store } from "../store/store.ts";
import type { Beginnings } from "./beginnings.ts";
import type { Events, SessionEvents } from "./events.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { WrittenDefaults } from "./written-defaults.ts";

/** What the parts of one `createSessions` share. All times are milliseconds. */
export interface Engine {
  readonly store: Store;
  readonly cache: RecordCache;
  readonly ring: KeyRing;
  /** The cookie's base name, which tokens are bound to. */
  readonly cookieName: string;
  readonly ttl: number;
  /** Stored expiry is renewed at most this often; what is stored expires that much later than the cookie. */
  readonly touchInterval: number;
  /** How long the records of a session live whose token has not come back yet. */
  readonly newSessionTtl: number;
  /** When sessions began, and until when they may last. */
  readonly beginnings: Beginnings;
  /** Whether a session gets another id when somebody signs in. */
  readonly followsLogins: boolean;
  /** Most bytes of one attribute, and of one session. */
  readonly limits: { readonly attribute: number; readonly session: number };
  readonly events: Events;
  readonly live: LiveSessions;
  /** The last of each record's updates in this process: they queue. */
  readonly updates: Map<string, Promise<unknown>>;
  /** The records that the running code is inside an update of: an update of the same would wait for itself. */
  readonly updating: AsyncLocalStorage<ReadonlySet<string>>;
  /** What is being watched, to end with the sessions. */
  readonly watches: Set<{ stop(): void; settled(): Promise<void> }>;
  /**
   * Sessions that are getting another id, or are being ended, by id: who finds one of them ended waits to hear what comes
   * after it.
   */
  readonly moving: Map<string, Promise<unknown>>;
  /** What the first writes of this process stored as defaults. */
  readonly writtenDefaults: WrittenDefaults;
  /** How long an update tries again after conflicts. */
  readonly updateTimeout: number;
  warn(message: string): void;
}

/** For what went wrong where no caller can be told: an event and a log line. */
export function report(engine: Engine, error: unknown): void {
  engine.events.emit("error", { error });
  engine.warn(error instanceof Error ? error.message : String(error));
}

/** Owner of the records of a session. */
export function browserOwner(sessionId: string): string {
  return `b:${sessionId}`;
}

/** Owner of the records of one tab of a session. */
export function tabOwner(sessionId: string, tab: string): string {
  return `t:${sessionId}:${tab}`;
}

/** A session has ended: what works with it in this process stops, and whoever listens is told. */
export function endSession(
  { live, events }: Engine,
  sessionId: string,
  reason: SessionEvents["ended"]["reason"],
): void {
  const working = live.get(sessionId);
  if (working === undefined) events.emit("ended", { sessionId, reason });
  else working.end(reason);
}
