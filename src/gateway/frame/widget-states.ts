import { DELTA, FORWARD } from "./messages.ts";
import type { PageTree } from "./page-tree.ts";
import {
  hasEdits,
  isEditor,
  silentId,
  toldValue,
  widgetId,
  withTold,
  withValue,
} from "./widget-values.ts";
import { find, textOf } from "./wire.ts";

/**
 * What a page shows in one widget: what it reported or what Streamlit told it to show, whichever
 * came last.
 */
interface Known {
  /** A `WidgetState`, or the fields of an element that say its value. */
  readonly bytes: Buffer;
  readonly isTold: boolean;
}

/** The values of a page's widgets. */
export class WidgetStates {
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The page reported a `WidgetState`. @returns by how many bytes they have
   * grown. @throws WireError
   */
  reported(state: Uint8Array): number {
    return this.#set(textOf(find(state, 1)), state, false);
  }

  /**
   * Streamlit sent a widget; if it said which value to show, the page shows that. @throws WireError
   */
  sent(kind: number, body: Uint8Array): number {
    const told = toldValue(kind, body);
    return told === undefined ? 0 : this.#set(widgetId(kind, body), told, true);
  }

  /**
   * The element of a widget in the form for a page that knows nothing about it.
   * @returns undefined if the element says the right thing itself
   * @throws WireError
   */
  restored(kind: number, body: Uint8Array): Uint8Array | undefined {
    const known = this.#known.get(widgetId(kind, body) ?? "");
    if (known === undefined) return undefined;
    return known.isTold ? withTold(kind, body, known.bytes) : withValue(kind, body, known.bytes);
  }

  /** Forgets the widgets that are no longer in the page. @throws WireError */
  keepOnly(tree: PageTree): void {
    if (this.#known.size === 0) return;
    const there = new Set<string | undefined>();
    tree.visit(({ message, children, kind }) => {
      if (message === undefined || children !== undefined) return;
      const body = find(message, FORWARD.delta, DELTA.element, kind)?.bytes;
      there.add(body && (widgetId(kind, body) ?? silentId(kind, body)));
    });
    for (const [id, { bytes }] of this.#known) {
      if (there.has(id)) continue;
      this.#known.delete(id);
      this.#bytes -= bytes.length;
    }
  }

  /** Whether a reported value is another than the last one. @throws WireError */
  isNews(state: Uint8Array): boolean {
    const known = this.#known.get(textOf(find(state, 1)));
    return known !== undefined && !known.isTold && !known.bytes.equals(state);
  }

  /** Whether the page has reported just this last. @throws WireError */
  isReported(state: Uint8Array): boolean {
    const known = this.#known.get(textOf(find(state, 1)));
    return known !== undefined && !known.isTold && known.bytes.equals(state);
  }

  /** Whether this is a data editor that has been edited. @throws WireError */
  isEdited(kind: number, body: Uint8Array): boolean {
    const known = isEditor(kind, body) ? this.#known.get(widgetId(kind, body) ?? "") : undefined;
    return known !== undefined && !known.isTold && hasEdits(known.bytes);
  }

  clear(): void {
    this.#known.clear();
    this.#bytes = 0;
  }

  #set(id: string | undefined, bytes: Uint8Array, isTold: boolean): number {
    if (id === undefined || id === "") return 0;
    const before = this.#known.get(id);
    if (before?.isTold === isTold && before.bytes.equals(bytes)) return 0;
    const kept = Buffer.allocUnsafeSlow(bytes.length);
    kept.set(bytes);
    this.#known.set(id, { bytes: kept, isTold });
    const change = kept.length - (before?.bytes.length ?? 0);
    this.#bytes += change;
    return change;
  }
}
