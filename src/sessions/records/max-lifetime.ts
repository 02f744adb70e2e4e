import type { OwnerInfo, OwnerStatus } from "../../store/index.ts";
import { endRecords } from "./clear.ts";
import { type Engine, endSession, report } from "./engine.ts";
import { browserOwner, ofSession } from "./owners.ts";
import { writeNotes } from "./write.ts";

/**
 * The clock may be set, and a timer cannot wait for longer than 24 days: so long at most it waits
 * before it looks again, in milliseconds.
 */
const MAX_WAIT = 60_000;

/**
 * Ends a session when its time is over, for what stays open without a request: a WebSocket, a
 * watch, a page.
 * @returns the function that stops it
 */
export function endInTime(engine: Engine, session: string): () => void {
  const { beginnings } = engine;
  const { maxLifetime } = beginnings;
  if (maxLifetime === undefined) return () => undefined;
  const opened = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const wait = (): void => {
    if (isStopped) return;
    const since = beginnings.get(session)?.since ?? opened;
    const left = since + maxLifetime - Date.now();
    if (left <= 0) expireSession(engine, session);
    else timer = setTimeout(wait, Math.min(left, MAX_WAIT)).unref();
  };
  beginnings.load(engine.store, session).then(wait, (error: unknown) => {
    report(engine, error);
    wait();
  });
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/**
 * The session's time is over: its records end, its token is dead, and all that work with it in this
 * process are told.
 */
function expireSession(engine: Engine, session: string): void {
  endSession(engine, session, "expired");
  endRecords(engine, session).catch((error: unknown) => report(engine, error));
}

/** Ends a session if its time is over. @returns whether it was */
export function expireIfOver(engine: Engine, session: string): boolean {
  if (!engine.beginnings.isOver(session)) return false;
  expireSession(engine, session);
  return true;
}

/**
 * Stores when a session began, if that is needed and not stored yet. @throws PersistError
 * `ERR_STORE_…`
 */
export async function noteBeginning(engine: Engine, session: string, user?: string): Promise<void> {
  const { beginnings, store } = engine;
  await beginnings.load(store, session);
  const terms = { user: () => user };
  if (!beginnings.isToBeNoted(session, terms.user)) return;
  // As long as nothing else is stored, a day will do: bots must not fill the store.
  const { outcomes } = await writeNotes(engine, ofSession(session, false), [], terms);
  if (outcomes[0]?.outcome === "conflict") await beginnings.load(store, session);
}

/**
 * What the store knows of a session. When it began is asked at the same time, which costs no time
 * of its own.
 */
export function statusOf({ store, beginnings }: Engine, session: string): Promise<OwnerInfo> {
  const status = store.owner(browserOwner(session));
  // Nearly always there is nothing to ask, and a promise less is worth having.
  if (!beginnings.areNeeded) return status;
  return Promise.all([status, beginnings.load(store, session)]).then(([info]) => info);
}

/**
 * Whether a session's time is over, which ends it.
 * @param absent - what it means if the store does not know the session: its token may have had its
 * time, and counts as dead; or a caller has vouched for it, and it begins now
 */
export function isOver(
  engine: Engine,
  session: string,
  status: OwnerStatus,
  absent: "dead" | "begins",
): boolean {
  const { beginnings } = engine;
  if (beginnings.maxLifetime === undefined) return false;
  if (status === "absent" && absent === "dead") return beginnings.refusesAbsent(session);
  beginnings.begin(session);
  return expireIfOver(engine, session);
}

/** Whether a token of this session is dead. @throws PersistError `ERR_STORE_…` */
export async function isDead(engine: Engine, session: string): Promise<boolean> {
  const { owner } = await statusOf(engine, session);
  if (owner === "ended") return true;
  // One that is in use here need not have stored anything yet.
  if (owner === "absent" && engine.live.get(session) !== undefined) return false;
  return isOver(engine, session, owner, "dead");
}
