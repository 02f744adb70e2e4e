import type { ReadResult, Store } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import { browserOwner, ofSession, tabOwner } from "./owners.ts";
import { ownBytes, ownValue } from "./own-records.ts";
import { untilStored, writeNotes } from "./write.ts";

/**
 * The record of a session that lists the tabs that have stored something, each with the time when
 * it was noted (milliseconds). A tab's records have an owner of their own. A session that ends or
 * gets another id must find them, even in a process that does not know the tab. The record moves
 * with the session as its other records do. No class can have such a key.
 */
const TABS = "\u0001tabs";
const DAY = 86_400_000;
/** After this many new tabs, those whose records have gone are removed. */
const CHECK_AT = 100;

/** Notes a tab that is about to store something, so its session finds it. */
export async function noteTab(
  engine: Engine,
  session: string,
  tab: string,
  lasting: boolean,
): Promise<"noted" | "ended"> {
  const { store } = engine;
  const owner = ofSession(session, lasting);
  return await untilStored<"noted" | "ended">(async () => {
    const found = await store.read(owner.key, TABS);
    if (found.owner === "ended") return "ended";
    const tabs = tabsIn(found);
    if (tabs.has(tab)) return "noted";
    const base = found.record === undefined ? { base: "absent" as const } : {};
    const remove = tabs.size % CHECK_AT === CHECK_AT - 1 ? await gone(store, session, tabs) : [];
    const set = new Map([[tab, ownBytes(Date.now())]]);
    const write = { state: TABS, epoch: found.epoch, ...base, set, remove };
    const result = await writeNotes(engine, owner, [write]);
    if (result.owner === "ended") return "ended";
    return result.outcomes[0]?.outcome === "written" ? "noted" : "conflict";
  }, "The tabs of a session could not be noted: others kept changing them. Nothing was written. Try again.");
}

/**
 * The tabs of a session that may have records, also of a session whose own records have just moved
 * to another id.
 */
export async function tabsOf({ store }: Engine, session: string): Promise<string[]> {
  return [...tabsIn(await store.read(browserOwner(session), TABS)).keys()];
}

function tabsIn({ record }: ReadResult): Map<string, number> {
  const tabs = new Map<string, number>();
  for (const [tab, { bytes }] of record?.attributes ?? [])
    if (bytes !== undefined) tabs.set(tab, Number(ownValue(bytes)));
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
