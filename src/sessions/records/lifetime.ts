import { randomUUID } from "node:crypto";
import { type Engine, endSession, report } from "./engine.ts";
import { browserOwner } from "./owners.ts";
import { expiresAfter } from "./expiry.ts";
import { endRecords } from "./tabs.ts";

/** The clock may be set, and a timer cannot wait for longer than 24 days: so long at most it waits before it looks again, in milliseconds. */
const MAX_WAIT = 60_000;

/**
 * Ends a session when its time is over, for what stays open without a request: a WebSocket, a watch, a page.
 * @returns the function that stops it
 */
export function endInTime(engine: Engine, session: string): () => void {
  const { beginnings } = engine;
  const { maxLifetime } = beginnings;
  if (maxLifetime === undefined) return () => undefined;
  const opened = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const wait = (): void => {
    if (isOver) return;
    const since = beginnings.get(session)?.since ?? opened;
    const left = since + maxLifetime - Date.now();
    if (left <= 0) expireSession(engine, session);
    else timer = setTimeout(wait, Math.min(left, MAX_WAIT)).unref();
  };
  beginnings.look(engine.store, session).then(wait, (error: unknown) => {
    report(engine, error);
    wait();
  });
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** The session's time is over: its records end, and all that work with it in this process are told. */
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

/** Stores when a session began, if that is to be known and is not yet. @throws PersistError `ERR_STORE_…` */
export async function noteBeginning(engine: Engine, session: string, user?: string): Promise<void> {
  const { beginnings, store } = engine;
  await beginnings.look(store, session);
  const writes = beginnings.write(session, user);
  if (writes.length === 0) return;
  // As long as nothing else is stored, a day will do: bots must not fill the store.
  const expiresAt = expiresAfter(engine, false, session);
  const options = { commitId: randomUUID(), expiresAt };
  const { outcomes } = await store.write(browserOwner(session), writes, options);
  beginnings.written(session, outcomes[0]);
  if (outcomes[0]?.outcome === "conflict") await beginnings.look(store, session);
}

/** Whether a token of this session is dead. @throws PersistError `ERR_STORE_…` */
export async function isDead(engine: Engine, session: string): Promise<boolean> {
  const { store, beginnings, live } = engine;
  const { maxLifetime } = beginnings;
  const [{ owner }] = await Promise.all([
    store.owner(browserOwner(session)),
    maxLifetime === undefined ? undefined : beginnings.look(store, session),
  ]);
  if (owner === "ended" || maxLifetime === undefined) return owner === "ended";
  if (owner === "absent")
    return live.get(session) === undefined && beginnings.refusesAbsent(session);
  beginnings.begin(session);
  return expireIfOver(engine, session);
}
