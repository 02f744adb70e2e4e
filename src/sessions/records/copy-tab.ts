import { copyOf } from "./copy.ts";
import type { Engine } from "./engine.ts";
import { tabOwner } from "./owners.ts";
import { noteTab } from "./tabs.ts";
import { writeNotes } from "./write.ts";

/** A record of a tab, and the tab of the same session that gets a copy of it. */
export interface TabCopy {
  readonly session: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
}

/**
 * Gives a duplicated tab a copy of a record of the original. Does nothing if it has one already, or
 * if there is nothing to copy.
 */
export async function copyTabRecord(
  engine: Engine,
  { session, from, to, state }: TabCopy,
): Promise<void> {
  const key = tabOwner(session, to);
  const write = await copyOf(engine, tabOwner(session, from), key, state);
  if (write === undefined || (await noteTab(engine, session, to, true)) === "ended") return;
  // It is written only if there is none.
  await writeNotes(engine, { key, session, lasting: true }, [write]);
}
