import { createHash } from "node:crypto";
import { DELTA, FORWARD, kindOf } from "./messages.ts";
import { defaultValues } from "./default-values.ts";
import { DATAFRAME, toldValue, widgetId } from "./widget-values.ts";
import { fieldsOf, find, textOf } from "./wire.ts";

/**
 * The values that a new page got for its widgets at once, before the run had reached them. The run
 * sends them again, because Streamlit's session does not know what the page shows. If a person has
 * typed meanwhile, the old value would undo that.
 */
export class ShownValues {
  /** By widget; of some defaults there are two ways to say them. */
  readonly #digests = new Map<string, readonly string[]>();
  #isOver = false;

  /** @param messages - what the page was sent */
  constructor(messages: readonly Uint8Array[]) {
    for (const message of messages) {
      try {
        this.#note(message);
      } catch {
        // What cannot be read is said again.
      }
    }
  }

  /**
   * The page is about to get an element. @returns whether it only says again what the page was
   * shown. @throws WireError
   */
  isRepeated(kind: number, body: Uint8Array): boolean {
    if (this.#isOver) return false;
    const told = toldValue(kind, body);
    const id = widgetId(kind, body) ?? "";
    const shown = this.#digests.get(id);
    if (told === undefined || shown === undefined) return false;
    const now = digest(kind, told);
    if (shown.includes(now)) return true;
    this.#digests.set(id, [now]);
    return false;
  }

  /** A run has begun that knows the page's values: the values that it sends are intended. */
  end(): void {
    this.#isOver = true;
  }

  #note(message: Uint8Array): void {
    const element = find(message, FORWARD.delta, DELTA.element)?.bytes;
    const known = element && kindOf(element);
    const id = known && widgetId(known.kind, known.body);
    if (known === undefined || id === undefined) return;
    const { kind, body } = known;
    const told = toldValue(kind, body);
    const values = told === undefined ? defaultValues(kind, body) : [told];
    this.#digests.set(
      id,
      values.map((one) => digest(kind, one)),
    );
  }
}

/** Whether the fields of a value say the same as one of several ways to say it. */
export function saysOneOf(kind: number, told: Uint8Array, ways: readonly Uint8Array[]): boolean {
  const now = digest(kind, told);
  return ways.some((way) => digest(kind, way) === now);
}

/** Of the fields of a value, in whatever order they stand. Values may be long. */
function digest(kind: number, fields: Uint8Array): string {
  const sorted = fieldsOf(fields).toSorted((a, b) => a.number - b.number);
  const hash = createHash("sha256");
  for (const field of sorted)
    hash.update(kind === DATAFRAME ? selectionIn(textOf(field)) : field.raw);
  return hash.digest("base64");
}

/**
 * The selection without its empty lists: the page and Python write them differently.
 */
function selectionIn(text: string): string {
  try {
    const { selection } = JSON.parse(text) as { selection: Record<string, readonly unknown[]> };
    const lists = Object.entries(selection).filter(([, list]) => list.length > 0);
    return lists.length === 0 ? "" : JSON.stringify(lists.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  } catch {
    return text;
  }
}
