import type { RerunRequest, Run } from "./messages.ts";

/** How many fragments that were asked for and have not begun are known; a page has some at most. */
const MAX_ASKED = 200;
/** The name of the whole script, among those of fragments. */
const WHOLE = "";

/**
 * Whether a person asked for the run under way, or a timer in the page (`run_every`). Streamlit
 * makes one run of several requests, and a run may begin long after it was asked for.
 */
export class AskedRuns {
  /** By fragment, whether a person is among those that asked for it. */
  readonly #asked = new Map<string, boolean>();
  #isTimed = false;

  /**
   * Whether the run under way is of fragments alone, for which timers asked, and a person has asked
   * for nothing since.
   */
  get isTimed(): boolean {
    return this.#isTimed;
  }

  asked({ fragment, isAuto }: RerunRequest): void {
    this.#asked.set(fragment, this.#asked.get(fragment) === true || !isAuto);
    if (!isAuto) this.#isTimed = false;
    if (this.#asked.size <= MAX_ASKED) return;
    this.#asked.clear();
    this.#asked.set(WHOLE, true);
  }

  /** @param follows - whether it takes the place of a run that ended for it */
  began({ fragments }: Run, follows: boolean): void {
    // A run that repeats itself (`st.rerun(scope="fragment")`) is asked for by none.
    const isAgain = follows && this.#isTimed;
    const isPerson = (fragment: string): boolean => this.#asked.get(fragment) ?? !isAgain;
    this.#isTimed =
      fragments.length > 0 && this.#asked.get(WHOLE) !== true && !fragments.some(isPerson);
    if (fragments.length === 0) this.#asked.clear();
    for (const fragment of fragments) this.#asked.delete(fragment);
  }
}
