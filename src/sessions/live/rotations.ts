import { dropOldest } from "../../drop-oldest.ts";

/**
 * How many rotations are remembered. A request that is still under way after this many others is
 * very late.
 */
const MAX_REMEMBERED = 10_000;

/**
 * The sessions to which this process has given another id. A request that began before must neither
 * store anything in a fresh session nor set its cookie, which would replace the new one in the
 * browser.
 */
export class Rotations {
  /** How many there have been. A request keeps the count of its beginning. */
  count = 0;
  readonly #byOldId = new Map<string, number>();

  note(oldId: string): void {
    this.#byOldId.set(oldId, ++this.count);
    dropOldest(this.#byOldId, MAX_REMEMBERED);
  }

  /** Whether the session got another id since the count was `before`. */
  isSince(before: number, oldId: string): boolean {
    return (this.#byOldId.get(oldId) ?? 0) > before;
  }
}
