import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import type { Store } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import { browserOwner, tabOwner } from "./owners.ts";
import { expiresAfter, tombstoneEnd } from "./lifetime.ts";
import { ownBytes } from "./own-values.ts";

/**
 * The record of a session that lists the tabs that have stored something, each with the time when it was noted (milliseconds).
 * A tab's records have an owner of their own. A session that ends or gets another id must find them, also in a process that
 * never heard of the tab. The record moves with the session as its other records do. No class can have such a key.
 */
const TABS = "\u0001tabs";
const DAY = 86_400_000;
const MAX_ROUNDS = 20;
/** After so many new tabs, those whose records have gone are removed. */
const CHECK_AT = 100;

/** Whether a record is the library's own list of tabs, and not a state of the app. */
export function isTabsRecord(state: string): boolean {
  // The library's names begin with a control character.
  return state.startsWith("\u0001");
}

/** Notes a tab that is about to store something, so its session finds it. */
export async function noteTab(
  engine: Engine,
  session: string,
  tab: string,
  lasting: boolean,
): Promise<"noted" | "ended"> {
  const { store } = engine;
  const owner = browserOwner(session);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await store.read(owner, TABS);
    if (found.owner === "ended") return "ended";
    const tabs = tabsIn(found);
    if (tabs.has(tab)) return "noted";
    const base = found.record === undefined ? { base: "absent" as const } : {};
    const remove = tabs.size % CHECK_AT === CHECK_AT - 1 ? await gone(store, session, tabs) : [];
    const set = new Map([[tab, ownBytes(Date.now())]]);
    const begun = engine.beginnings.write(session);
    const result = await store.write(
      owner,
      [{ state: TABS, epoch: found.epoch, ...base, set, remove }, ...begun],
      { commitId: randomUUID(), expiresAt: expiresAfter(engine, { session, lasting }) },
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

/** The tabs of a session that may have records, also of a session whose own records have just moved to another id. */
export async function tabsOf({ store }: Engine, session: string): Promise<string[]> {
  return [...tabsIn(await store.read(browserOwner(session), TABS)).keys()];
}

/**
 * Ends the records of a session and of its tabs. The session first: its token is then dead, whatever happens next. Tabs that have
 * stored nothing yet end too: a late write must find the end.
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

/** Tabs without records, except for new ones, which may be about to write their first. */
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
