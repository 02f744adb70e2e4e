import type { KeyRing } from "../../identity/index.ts";
import { PersistError } from "../../errors.ts";
import type { RecordCache } from "../../state/index.ts";
import type { Store } from "../../store/index.ts";
import type { Beginnings } from "./beginnings.ts";
import type { EndReason, Events } from "./events.ts";
import type { WrittenDefaults } from "./written-defaults.ts";

/** What the parts of one `createSessions` share. All times are milliseconds. */
export interface Engine {
  readonly store: Store;
  readonly cache: RecordCache;
  readonly ring: KeyRing;
  /** The cookie's base name, which tokens are bound to. */
  readonly cookieName: string;
  readonly ttl: number;
  /**
   * Stored expiry is renewed at most this often, and is later than the cookie's by the same time.
   */
  readonly touchInterval: number;
  /** How long the records of a session live if its token has not come back yet. */
  readonly newSessionTtl: number;
  /** When sessions began, and until when they may last. */
  readonly beginnings: Beginnings;
  /** The most bytes of one attribute, and of one session. */
  readonly limits: { readonly attribute: number; readonly session: number };
  readonly events: Events;
  /** What this process works with at present, by the session's id. */
  readonly live: { get(sessionId: string): WorkingSession | undefined };
  /**
   * Sessions that are getting another id or are being ended, by id. Code that finds one of them
   * ended waits for what follows it.
   */
  readonly moving: Map<string, Promise<unknown>>;
  /** What the first writes of this process stored as defaults. */
  readonly writtenDefaults: WrittenDefaults;
  warn(message: string): void;
}

/** A session with open scopes in this process. */
interface WorkingSession {
  /** Its scopes store nothing more, and listeners are told. */
  end(reason: EndReason): void;
}

/** Reports a failure that no caller can be told about: by an event and a log line. */
export function report(engine: Engine, error: unknown): void {
  engine.events.emit("error", { error });
  engine.warn(error instanceof Error ? error.message : String(error));
}

/** Ends a session in this process: work with it stops, and listeners are told. */
export function endSession({ live, events }: Engine, sessionId: string, reason: EndReason): void {
  const working = live.get(sessionId);
  if (working === undefined) events.emit("ended", { sessionId, reason });
  else working.end(reason);
}

/** The error for work with a session that has ended meanwhile. */
export function sessionEnded(): PersistError {
  return new PersistError(
    "ERR_SESSION_ENDED",
    "This session was cleared or got a new id while the request was under way, so nothing more of it is stored. " +
      "Let the request fail: the next one arrives with the new cookie.",
  );
}
