import { until } from "../support/until.ts";
import { Stored, type StoredPlace } from "./stored.ts";

/** The record in which a tab's session state is kept. */
const KEPT = "st.session_state";

/** Waits until a tab has this in its record: `key:NAME = BYTES`; what widgets send stands there as text. */
export async function untilKept(place: StoredPlace, text: string): Promise<void> {
  await using stored = new Stored(place);
  await until(`a tab's record holds ${text}`, async () => {
    const all = await stored.tabs(KEPT);
    return all.some((values) => plain(values).includes(text));
  });
}

/** All that is kept of tabs, as one text. @param browser - the owner whose tabs they are; default all */
export async function allKept(place: StoredPlace, browser?: string): Promise<string> {
  await using stored = new Stored(place);
  return plain((await stored.tabs(KEPT, browser)).join("\n"));
}

function plain(values: string): string {
  return values.replaceAll(/\{"\$bytes":"([^"]*)"\}/g, (_, bytes: string) =>
    Buffer.from(bytes, "base64").toString("latin1"),
  );
}
