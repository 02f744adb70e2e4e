import { randomUUID } from "node:crypto";
import type { KeyRing } from "../../identity/index.ts";
import { encrypt, decrypt } from "./encrypted.ts";

/**
 * Gives the browser of one session, and no other, the cookie of the next session. Valid once.
 */
export interface AdoptTicket {
  /** The session whose cookie the browser still has. */
  readonly from: string;
  readonly to: string;
  readonly tab: string | null;
}

/** How long a page has to fetch its new cookie, in milliseconds. */
export const ADOPT_LIFE = 60_000;

const PURPOSE = "gateway adopt ticket";

export function makeAdoptTicket(
  ring: KeyRing,
  { from, to, tab }: AdoptTicket,
  now = Date.now(),
): string {
  return encrypt(ring, PURPOSE, { f: from, o: to, t: tab, n: randomUUID(), e: now + ADOPT_LIFE });
}

/** Opens each ticket once. */
export class AdoptTickets {
  readonly #ring: KeyRing;
  /** Used tickets that could still be opened, with the time when they expire. */
  readonly #used = new Map<string, number>();

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** Reads a ticket without using it up. Undefined if it is not one of ours, too old or used. */
  read(text: unknown, now = Date.now()): (AdoptTicket & { readonly use: () => void }) | undefined {
    const payload = decrypt(this.#ring, PURPOSE, text);
    if (payload === undefined) return undefined;
    const { f, o, t, n, e } = payload as {
      f: string;
      o: string;
      t: string | null;
      n: string;
      e: number;
    };
    if (!(now < e) || this.#used.has(n)) return undefined;
    const use = (): void => {
      for (const [nonce, end] of this.#used) if (end <= now) this.#used.delete(nonce);
      this.#used.set(n, e);
    };
    return { from: f, to: o, tab: t, use };
  }
}
