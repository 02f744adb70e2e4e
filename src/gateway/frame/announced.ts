import { fieldsOf, find, textOf } from "./wire.ts";

/** What is kept of one call of `st.set_page_config`, or of one timer. */
interface Kept {
  readonly message: Buffer;
  /** The fields that it sets, or the fragment that it belongs to. */
  readonly names: ReadonlySet<number | string>;
}

/** The app's logo. It goes as elements go. */
interface Logo {
  readonly message: Buffer;
  /** The run that has set it last. */
  readonly run: string;
  readonly script: string;
}

/**
 * How many different calls and timers of one run are kept: more means that the page cannot be shown
 * again.
 */
const MAX_KEPT = 200;

/** What a run has sent the page besides its elements, as far as a later page needs it. */
export class Announced {
  logo: Logo | undefined;
  #configs: Kept[] = [];
  #timers: Kept[] = [];

  /** The page's title, icon and layout. */
  get configs(): Buffer[] {
    return this.#configs.map(({ message }) => message);
  }

  /** The timers that the last run of the whole script has asked the page for. */
  get timers(): Buffer[] {
    return this.#timers.map(({ message }) => message);
  }

  /**
   * A script may set them again and again, one field or another: a call is redundant if a later one
   * sets all of its fields.
   * @returns how many bytes are kept no more
   * @throws RangeError if there are too many different ones
   */
  configured(message: Buffer, body: Uint8Array): number {
    const names = new Set(fieldsOf(body).map(({ number }) => number));
    const [gone, left] = split(this.#configs, (one) => isWithin(one.names, names));
    this.#configs = bounded([...left, { message, names }]);
    return gone;
  }

  /**
   * A fragment's timer takes the place of its last one.
   * @returns how many bytes are kept no more
   * @throws RangeError if there are too many different ones
   */
  timed(message: Buffer, body: Uint8Array): number {
    const names = new Set([textOf(find(body, FRAGMENT))]);
    const [gone, left] = split(this.#timers, (one) => isWithin(one.names, names));
    this.#timers = bounded([...left, { message, names }]);
    return gone;
  }

  keepLogo(isLeft: (logo: Logo) => boolean): void {
    if (this.logo !== undefined && !isLeft(this.logo)) this.logo = undefined;
  }

  /** @returns how many bytes are kept no more */
  clearTimers(): number {
    const [gone] = split(this.#timers, () => true);
    this.#timers = [];
    return gone;
  }

  /** Forgets all but the logo, which stays while a run goes on. */
  clear(): void {
    this.#configs = [];
    this.#timers = [];
  }
}

/** `AutoRerun.fragment_id` */
const FRAGMENT = 2;

function split(all: readonly Kept[], isGone: (one: Kept) => boolean): [number, Kept[]] {
  let bytes = 0;
  const left = all.filter((one) => {
    if (!isGone(one)) return true;
    bytes += one.message.length;
    return false;
  });
  return [bytes, left];
}

function isWithin(one: Kept["names"], other: Kept["names"]): boolean {
  return [...one].every((name) => other.has(name));
}

function bounded(all: Kept[]): Kept[] {
  if (all.length > MAX_KEPT) throw new RangeError("More than a page needs.");
  return all;
}
