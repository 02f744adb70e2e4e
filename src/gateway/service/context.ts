import type { Engine } from "../../sessions/engine.ts";
import type { Handle } from "./handle.ts";
import type { Request } from "./request.ts";
import type { Roster } from "./roster.ts";

/** A session has another id now: its page needs the new cookie. */
export interface SessionMoved {
  readonly from: string;
  readonly to: string;
  readonly reason: "rotated" | "ended";
  /** The tab that asked; null where it did not say its id. Other pages of the old session find that it has ended. */
  readonly tab: string | null;
  /** The browser keeps no cookie, so there is none to give. */
  readonly ephemeral: boolean;
}

/** What all operations share. */
export interface Context {
  readonly engine: Engine;
  readonly roster: Roster;
  moved(event: SessionMoved): void;
}

/** What a request is answered with, besides its id. */
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
