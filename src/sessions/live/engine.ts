import type { AsyncLocalStorage } from "node:async_hooks";
import type { Queue } from "../../queue.ts";
import type { Engine } from "../records/index.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { Rotations } from "./rotations.ts";

/** What sessions with open scopes share, beside their records. */
export interface LiveEngine extends Engine {
  readonly live: LiveSessions;
  /** The sessions that got another id in this process. */
  readonly rotations: Rotations;
  /** Whether a session gets another id when a user signs in. */
  readonly followsLogins: boolean;
  /**
   * The updates of each record in this process take turns: only other processes can cause a
   * conflict.
   */
  readonly updates: Map<string, Queue>;
  /**
   * The records that the running code is updating: a nested update of one of them would wait for
   * itself.
   */
  readonly updating: AsyncLocalStorage<ReadonlySet<string>>;
  /** The open watches, which end with the sessions. */
  readonly watches: Set<{ stop(): void; idle(): Promise<void> }>;
  /** For how long an update tries again after conflicts. */
  readonly updateTimeout: number;
}
