import type { KeyRing } from "../../session/key-ring.ts";
import { seal, unseal } from "../seal.ts";
import type { SeenLogins } from "./login-cookies.ts";

/**
 * What a tab holds to get its live Streamlit session back. Only the gateway can read or make one, and it is worth something only
 * together with the session's cookie, in the same tab, for the same person, while the same Streamlit runs.
 */
export interface Ticket {
  readonly session: string;
  readonly tab: string;
  /** The browser keeps no cookie: the ticket alone says which session it is. */
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
 * How long a ticket is good for, in milliseconds, where a session without an open page is kept for so many seconds. An open page gets a new
 * one each time that it says it is still there, which a laptop that slept did not: hence a day more.
 */
export function ticketLife(keepFor: number): number {
  return DAY + keepFor * 1000;
}

const PURPOSE = "gateway resume ticket";

/** @param life - as `ticketLife` gives it */
export function sealTicket(ring: KeyRing, ticket: Ticket, life: number, now = Date.now()): string {
  const { session, tab, ephemeral, streamlit, identity, start, logins } = ticket;
  return seal(ring, PURPOSE, {
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

/** What a ticket says, or nothing where it is not exactly one of ours, or too old. Takes any value, never throws. */
export function openTicket(ring: KeyRing, text: unknown, now = Date.now()): Ticket | undefined {
  const payload = unseal(ring, PURPOSE, text);
  if (payload === undefined || payload["v"] !== 1) return undefined;
  const { s, t, x, l, i, b, c, a, e } = payload;
  if (typeof e !== "number" || !(now < e)) return undefined;
  // What opens with our key is what we wrote.
  return {
    session: s as string,
    tab: t as string,
    ephemeral: x === true,
    streamlit: l as string,
    identity: i as string,
    start: b as string,
    // One from before a gateway's update has none.
    logins: { marks: (c ?? []) as string[], at: (a ?? 0) as number },
  };
}
