import { randomUUID } from "node:crypto";
import { PersistError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { browserOwner, type Engine, tabOwner } from "./engine.ts";
import { expiresAfter, tombstoneEnd } from "./expiry.ts";

/**
 * The record of a session that names its tabs which have stored something, each with the time when it was noted (milliseconds). The
 * records of a tab have an owner of their own, and a session that gets another id or ends must find them, also in a process that never
 * heard of the tab. Moves with the session as its other records do. No class can have a key like this one.
 */
const TABS = "\u0001tabs";
const DAY = 86_400_000;
const MOST_ROUNDS = 20;
/** With so many more, those whose records have gone are taken out. */
const CHECK_AT = 100;

/** Whether a record is the library's own, and no state of the app's. */
export function isInternal(state: string): boolean {
  // The library's names begin with a control character.
  return state.startsWith("\u0001");
}

/** Sees to it that a tab which is about to store something is found by its session. */
export async function noteTab(
  engine: Engine,
  session: string,
  tab: string,
  lasting: boolean,
): Promise<"noted" | "ended"> {
  const { store } = engine;
  const owner = browserOwner(session);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = await store.read(owner, TABS);
    if (found.owner === "ended") return "ended";
    const tabs = tabsIn(found);
    if (tabs.has(tab)) return "noted";
    const base = found.record === undefined ? { base: "absent" as const } : {};
    const remove = tabs.size % CHECK_AT === CHECK_AT - 1 ? await gone(store, session, tabs) : [];
    const set = new Map([[tab, Buffer.from(`J${Date.now()}`)]]);
    const begun = engine.beginnings.write(session);
    const result = await store.write(
      owner,
      [{ state: TABS, epoch: found.epoch, ...base, set, remove }, ...begun],
      { commitId: randomUUID(), expiresAt: expiresAfter(engine, lasting, session) },
    );
    if (result.owner === "ended") return "ended";
    engine.beginnings.written(session, result.outcomes[1]);
    if (result.outcomes[0]?.outcome === "written") return "noted";
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "The tabs of a session could not be noted: others kept changing them. Nothing was written. Try again.",
  );
}

/** The tabs of a session that may have records. Also of one whose own records have just been moved to another id. */
export async function tabsOf({ store }: Engine, session: string): Promise<string[]> {
  return [...tabsIn(await store.read(browserOwner(session), TABS)).keys()];
}

/**
 * Ends a session's records and those of its tabs. The session first: with it its token is dead, whatever happens then. The tabs also
 * where they have stored nothing yet: a late write must find the end.
 */
export async function endRecords(
  engine: Engine,
  session: string,
  until = tombstoneEnd(engine),
): Promise<void> {
  const tabs = await tabsOf(engine, session);
  for (const owners of [[browserOwner(session)], tabs.map((tab) => tabOwner(session, tab))])
    await Promise.all(
      owners.map(async (owner) => {
        await engine.store.clear(owner, { commitId: randomUUID(), until });
      }),
    );
}

type Found = Awaited<ReturnType<Store["read"]>>;

function tabsIn({ record }: Found): Map<string, number> {
  const tabs = new Map<string, number>();
  for (const [tab, { bytes }] of record?.attributes ?? [])
    if (bytes !== undefined) tabs.set(tab, Number(Buffer.from(bytes).toString("latin1").slice(1)));
  return tabs;
}

/** Tabs without records. The young ones may be about to write their first. */
async function gone(
  store: Store,
  session: string,
  tabs: ReadonlyMap<string, number>,
): Promise<string[]> {
  const old = [...tabs].filter(([, noted]) => !(noted > Date.now() - DAY));
  const absent = await Promise.all(
    old.map(async ([tab]) => (await store.owner(tabOwner(session, tab))).owner !== "living"),
  );
  return old.filter((_, at) => absent[at]).map(([tab]) => tab);
}
