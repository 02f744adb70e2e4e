import { setTimeout as delay } from "node:timers/promises";
import type { KeyRing } from "../../identity/index.ts";
import type { StoredRecord } from "../../store/index.ts";
import type { Login } from "./beginnings.ts";
import type { Engine } from "./engine.ts";
import { ownBytes, ownValue } from "./own-records.ts";
import { browserOwner, type Identity, userOwner } from "./owners.ts";
import { untilStored, writeNotes } from "./write.ts";

const PURPOSE = "signed-in user";
/** The record that leads from a session to the one after a login. */
const NEXT = "\u0001next";
/**
 * How long a request waits to hear where its session has gone, in milliseconds: another process is
 * just moving it.
 */
const MAX_WAIT = 2_000;
const PAUSE = 20;

/**
 * Who is signed in, as one text; `null` if no one is, and undefined if that is not known here. A
 * request whose login was not checked must not pass for a logout.
 */
export function userText(identify: () => Identity): string | null | undefined {
  let identity: Identity;
  try {
    identity = identify();
  } catch {
    // If a state of the user's is used, the app hears of it.
    return undefined;
  }
  if (identity === null || identity === undefined) return identity;
  const { issuer = "", subject } =
    typeof identity === "string" ? { issuer: "", subject: identity } : identity;
  if (typeof issuer !== "string" || typeof subject !== "string" || subject === "") return undefined;
  return JSON.stringify([issuer, subject]);
}

/**
 * What is stored of who is signed in: without the secret it cannot be told, nor tried, who it is.
 */
export function userMark(ring: KeyRing, text: string | null | undefined): string | undefined {
  return typeof text === "string" ? ring.sign(PURPOSE, text).toString("base64url") : undefined;
}

/** Whether a session that knows this mark is to get another id for this user. */
export function isOtherUser(
  ring: KeyRing,
  mark: string | undefined,
  text: string | null | undefined,
): boolean {
  if (text === undefined) return false;
  if (text === null || mark === undefined) return text !== null || mark !== undefined;
  return ring.verify(PURPOSE, text, Buffer.from(mark, "base64url")) === undefined;
}

/**
 * A login that leaves a note of where the session goes. Only who comes with the old token and as
 * the same person finds it: an answer that never arrived, and a request that was under way, then
 * lose nothing.
 */
export function loginOf(engine: Engine, from: string, text: string | null, { user }: Login): Login {
  if (text === null) return { user };
  return {
    user,
    goesTo: async (to, hasMoved) => await noteNext(engine, { from, text, to, hasMoved }),
  };
}

interface Next {
  readonly from: string;
  readonly text: string;
  readonly to: string;
  /**
   * Whether the session is there by now. Before that, another process may have been quicker, and
   * its note stays.
   */
  readonly hasMoved: boolean;
}

async function noteNext(engine: Engine, { from, text, to, hasMoved }: Next): Promise<void> {
  const { store, newSessionTtl } = engine;
  const owner = { key: noteOwner(from, text), session: undefined, lasting: true };
  const set = new Map([["to", ownBytes(to)]]);
  await untilStored(async () => {
    const { epoch, record } = await store.read(owner.key, NEXT);
    if (!hasMoved && (await leadsOn(engine, record))) return undefined;
    const base = record === undefined ? "absent" : record.version;
    const terms = { expiresAt: Date.now() + newSessionTtl };
    const { outcomes } = await writeNotes(
      engine,
      owner,
      [{ state: NEXT, epoch, base, set }],
      terms,
    );
    return outcomes[0]?.outcome === "conflict" ? "conflict" : undefined;
  }, "The login could not be noted: others kept doing the same. Try again.");
}

/** Whether a note names a session that is there. */
async function leadsOn({ store }: Engine, note: StoredRecord | undefined): Promise<boolean> {
  const to = ownValue(note?.attributes.get("to")?.bytes) as string | undefined;
  if (to === undefined) return false;
  return (await store.owner(browserOwner(to))).owner === "living";
}

/** The note belongs to the user, and to those alone who know the session. */
function noteOwner(from: string, text: string): string {
  return userOwner({ issuer: `persist-session:${from}`, subject: text }, NEXT);
}

/**
 * The session's new id after this person signed in; undefined if it has gone nowhere.
 * @param but - an id that is known to be none
 */
export async function successorOf(
  { store }: Engine,
  from: string,
  text: string,
  but?: string,
): Promise<string | undefined> {
  const deadline = performance.now() + MAX_WAIT;
  for (;;) {
    const { record } = await store.read(noteOwner(from, text), NEXT);
    const to = ownValue(record?.attributes.get("to")?.bytes) as string | undefined;
    if (to === undefined) return undefined;
    const { owner } = await store.owner(browserOwner(to));
    if (to !== but && owner === "living") return to;
    if (owner === "ended" || performance.now() > deadline) return undefined;
    await delay(PAUSE);
  }
}
