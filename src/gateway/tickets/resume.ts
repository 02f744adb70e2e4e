import type { KeyRing } from "../../identity/index.ts";
import { encrypt, decrypt } from "./encrypted.ts";
import type { SeenLogins } from "../tabs/index.ts";

/**
 * The ticket by which a tab gets its live Streamlit session back. Only the gateway can read or make
 * one. It is valid only together with the session's cookie, in the same tab, for the same person,
 * while the same Streamlit runs.
 */
export interface Ticket {
  readonly session: string;
  readonly tab: string;
  /** Whether the browser keeps no cookie. Then the ticket alone names the session. */
  readonly ephemeral: boolean;
  /** Streamlit's own session id. */
  readonly streamlit: string;
  /** Hash over who is signed in to Streamlit. */
  readonly identity: string;
  /** Which start of Streamlit the session lives in. */
  readonly start: string;
  /** The app's login cookies that the tab came with. */
  readonly logins: SeenLogins;
}

const DAY = 24 * 3_600_000;

/**
 * How long a ticket is valid, in milliseconds, if a session without an open page is kept for so
 * many seconds. An open page gets a new one whenever it reports that it is still open. A sleeping
 * laptop does not report, so a day is added.
 */
export function ticketLife(keepFor: number): number {
  return DAY + keepFor * 1000;
}

const PURPOSE = "gateway resume ticket";

/** @param life - as `ticketLife` gives it */
export function makeTicket(ring: KeyRing, ticket: Ticket, life: number, now = Date.now()): string {
  const { session, tab, ephemeral, streamlit, identity, start, logins } = ticket;
  return encrypt(ring, PURPOSE, {
    v: 1,
    s: session,
    t: tab,
    ...(ephemeral ? { x: true } : {}),
    l: streamlit,
    i: identity,
    b: start,
    c: logins.marks,
    a: logins.at,
    e: now + life,
  });
}

/**
 * Opens a ticket. Undefined if it is not exactly one of ours, or too old. Takes any value, never
 * throws.
 */
export function openTicket(ring: KeyRing, text: unknown, now = Date.now()): Ticket | undefined {
  const payload = decrypt(ring, PURPOSE, text);
  if (payload === undefined || payload["v"] !== 1) return undefined;
  const { s, t, x, l, i, b, c, a, e } = payload;
  if (typeof e !== "number" || !(now < e)) return undefined;
  // A text that our key decrypts was written by us.
  return {
    session: s as string,
    tab: t as string,
    ephemeral: x === true,
    streamlit: l as string,
    identity: i as string,
    start: b as string,
    // A ticket from before an update of the gateway has none.
    logins: { marks: (c ?? []) as string[], at: (a ?? 0) as number },
  };
}
