import type { Engine } from "../../sessions/records/index.ts";
import type { Handle } from "./handle.ts";
import type { Request } from "./request.ts";
import type { ServedSessions } from "./served-sessions.ts";

/** A session has got another id, so its page needs the new cookie. */
export interface SessionMoved {
  readonly from: string;
  readonly to: string;
  readonly reason: "rotated" | "ended";
  /**
   * The tab that asked; null if it gave no id. Other pages of the old session will find it ended.
   */
  readonly tab: string | null;
  /** Whether the browser keeps no cookie. Then there is none to give. */
  readonly ephemeral: boolean;
}

/** What the service tells the gateway's other parts. */
export interface ServiceEvents {
  /** A session has got another id: its page must be given the new cookie. */
  moved?(event: SessionMoved): void;
  /** A reloaded page must not join a run of this Streamlit session. */
  fresh?(streamlit: string): void;
}

/** What all operations share. */
export interface Context {
  readonly engine: Engine;
  readonly servedSessions: ServedSessions;
  moved(event: SessionMoved): void;
  fresh(streamlit: string): void;
}

/** The answer to a request, without its id. */
export interface Answer {
  readonly header: Record<string, unknown>;
  readonly blobs?: readonly Uint8Array[];
}

/** An operation of one handle; runs in the handle's turn. */
export type HandleOperation = (
  context: Context,
  handle: Handle,
  request: Request,
) => Promise<Answer>;
