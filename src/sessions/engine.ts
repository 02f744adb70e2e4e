import type { AsyncLocalStorage } from "node:async_hooks";
import type { KeyRing } from "../identity/index.ts";
import type { RecordCache } from "../state/index.ts";
import type { Store } from "../store/index.ts";
import type { Beginnings } from "./beginnings.ts";
import type { Events, SessionEvents } from "./events.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { Rotations } from "./rotate.ts";
import type { WrittenDefaults } from "./written-defaults.ts";

/** What the parts of one `createSessions` share. All times are milliseconds. */
export interface Engine {
  readonly store: Store;
  readonly cache: RecordCache;
  readonly ring: KeyRing;
  /** The cookie's base name, which tokens are bound to. */
  readonly cookieName: string;
  readonly ttl: number;
  /** Stored expiry is renewed at most this often, and is that much later than the cookie's. */
  readonly touchInterval: number;
  /** The sessions that got another id in this process. */
  readonly rotations: Rotations;
  /** How long the records of a session live if its token has not come back yet. */
  readonly newSessionTtl: number;
  /** When sessions began, and until when they may last. */
  readonly beginnings: Beginnings;
  /** Whether a session gets another id when a user signs in. */
  readonly followsLogins: boolean;
  /** The most bytes of one attribute, and of one session. */
  readonly limits: { readonly attribute: number; readonly session: number };
  readonly events: Events;
  readonly live: LiveSessions;
  /** The last update of each record in this process: updates of one record queue. */
  readonly updates: Map<string, Promise<unknown>>;
  /** The records that the running code is updating: a nested update of one of them would wait for itself. */
  readonly updating: AsyncLocalStorage<ReadonlySet<string>>;
  /** The open watches, which end with the sessions. */
  readonly watches: Set<{ stop(): void; settled(): Promise<void> }>;
  /**
   * Sessions that are getting another id or are being ended, by id. Code that finds one of them ended waits for what follows it.
   */
  readonly moving: Map<string, Promise<unknown>>;
  /** What the first writes of this process stored as defaults. */
  readonly writtenDefaults: WrittenDefaults;
  /** For how long an update tries again after conflicts. */
  readonly updateTimeout: number;
  warn(message: string): void;
}

/** Reports a failure that no caller can be told of: by an event and a log line. */
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

/** Ends a session in this process: work with it stops, and listeners are told. */
export function endSession(
  { live, events }: Engine,
  sessionId: string,
  reason: SessionEvents["ended"]["reason"],
): void {
  const working = live.get(sessionId);
  if (working === undefined) events.emit("ended", { sessionId, reason });
  else working.end(reason);
}
