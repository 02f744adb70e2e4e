import type { EndReason } from "../../sessions/records/index.ts";
import type { Handle } from "./handle.ts";

/** A session that has open handles, on any connections. */
export class ServedSession {
  readonly id: string;
  /** Whether the browser keeps no cookie. Then the session ends with its last handle. */
  readonly ephemeral: boolean;
  /** Whether the browser has shown its token. Until then its records are kept only for a day. */
  tokenSeen: boolean;
  ended: EndReason | undefined;
  /**
   * Set while a rotate or an end is under way. A request that finds the session ended meanwhile
   * waits for it.
   */
  moving: Promise<unknown> | undefined;
  readonly handles = new Set<Handle>();
  /** The tabs that are noted in the store. */
  readonly notedTabs = new Set<string>();
  /** Runs while an ephemeral session has no handle. */
  grace: NodeJS.Timeout | undefined;

  constructor(id: string, { ephemeral, tokenSeen }: { ephemeral: boolean; tokenSeen: boolean }) {
    this.id = id;
    this.ephemeral = ephemeral;
    this.tokenSeen = tokenSeen;
  }
}
