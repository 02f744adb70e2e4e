import type { BrowserContext } from "playwright-core";
import { until } from "../support/until.ts";
import { ownerOf, Stored, type StoredPlace } from "./stored.ts";

/** The record in which a tab's session state is kept. */
const KEPT = "st.session_state";

/**
 * Waits until a tab of a browser has all of this in its record: `key:NAME = BYTES`; what widgets
 * send stands there as text. Others may have the same in theirs.
 */
export async function untilKept(
  place: StoredPlace,
  context: BrowserContext,
  ...texts: readonly string[]
): Promise<void> {
  await using stored = new Stored(place);
  const browser = await ownerOf(context);
  await until(`a tab's record holds ${texts.join(" and ")}`, async () => {
    const all = await stored.tabs(KEPT, browser);
    return all.some((values) => texts.every((text) => plain(values).includes(text)));
  });
}

/** All that is kept of a browser's tabs, as one text. */
export async function allKept(place: StoredPlace, context: BrowserContext): Promise<string> {
  await using stored = new Stored(place);
  return plain((await stored.tabs(KEPT, await ownerOf(context))).join("\n"));
}

function plain(values: string): string {
  return values.replaceAll(/\{"\$bytes":"([^"]*)"\}/g, (_, bytes: string) =>
    Buffer.from(bytes, "base64").toString("latin1"),
  );
}
