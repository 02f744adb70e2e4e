/**
 * A place in the page: an element, a block with children, or neither of them under something that
 * shows only for a moment.
 */
export interface Place {
  /**
   * The whole message that put it there; undefined for the page's own containers and under a
   * transient alone.
   */
  message: Buffer | undefined;
  /** The run that set it last. */
  run: string;
  readonly script: string;
  readonly fragment: string;
  /** Undefined for an element. */
  children: Place[] | undefined;
  /** The number of its kind in `Block` or `Element`. */
  readonly kind: number;
  /** Of a dialog. */
  readonly dialog: string;
  /** Whether it is a form that the page empties when it is submitted. */
  readonly clearsForm: boolean;
  /** When it came, by the clock of the frame. */
  readonly at: number;
  transient: Transient | undefined;
}

/** What covers a place for a moment, such as a spinner. */
export interface Transient {
  readonly message: Buffer;
  readonly run: string;
  /** Whether it shows nothing any more. */
  readonly isEmpty: boolean;
}

/** What Streamlit's page would refuse, too. */
class PathError extends Error {
  override readonly name = "PathError";
}

export const DIALOG = 11;
export const TOAST = 50;
const EMPTY = 2;
/** The page's containers: main, sidebar, event (dialogs, toasts and style sheets), bottom. */
const CONTAINERS = 4;
export const EVENTS = 2;

function container(): Place {
  return {
    message: undefined,
    run: "",
    script: "",
    fragment: "",
    children: [],
    kind: 0,
    dialog: "",
    clearsForm: false,
    at: 0,
    transient: undefined,
  };
}

/** The tree that Streamlit's page builds from the messages of a run, by the same rules. */
export class PageTree {
  #containers: Place[] = Array.from({ length: CONTAINERS }, container);

  get containers(): readonly Place[] {
    return this.#containers;
  }

  clear(): void {
    this.#containers = Array.from({ length: CONTAINERS }, container);
  }

  /**
   * Leaves empty places for toasts, as a page has them that comes too late for these.
   * @param until - those that came after this, by the frame's clock, are left as they are
   */
  emptyToasts(until: number, emptied: (message: Buffer) => Buffer): void {
    const events = this.#containers[EVENTS] as Place;
    events.children = events.children?.map((place) =>
      place.kind === TOAST && place.message !== undefined && place.at <= until
        ? { ...place, kind: EMPTY, message: emptied(place.message) }
        : place,
    );
  }

  /** Whether a place lies in a form that the page empties. */
  isEmptied(path: readonly number[]): boolean {
    let siblings: readonly Place[] | undefined = this.#containers;
    for (const index of path) {
      const place: Place | undefined = siblings?.[index];
      if (place?.clearsForm === true) return true;
      siblings = place?.children;
    }
    return false;
  }

  /** Puts an element or a block at its path. @returns what was there before. @throws PathError */
  set(path: readonly number[], place: Place): Place | undefined {
    const { siblings, index } = this.#siblings(path, place.run);
    const before = siblings[index];
    if (before !== undefined) inherit(place, before);
    siblings[index] = place;
    return before;
  }

  /** Puts something transient above the place at a path. @throws PathError */
  setTransient(path: readonly number[], transient: Transient): void {
    const { siblings, index } = this.#siblings(path, transient.run);
    const before = siblings[index];
    if (before === undefined)
      siblings[index] = { ...container(), children: undefined, run: transient.run, transient };
    else before.transient = transient;
  }

  /**
   * A run begins: transient elements are removed. @param fragments - those of a run of fragments:
   * the others keep theirs
   */
  clearTransients(fragments: readonly string[]): void {
    const visit = (place: Place): boolean => {
      const isOther = fragments.length > 0 && place.fragment !== "";
      if (place.children !== undefined && isOther && !fragments.includes(place.fragment))
        return true;
      place.transient = undefined;
      place.children = place.children?.filter(visit);
      return isShown(place);
    };
    for (const one of this.#containers) one.children = one.children?.filter(visit);
  }

  /**
   * A run ended: elements that it did not set are removed. @param fragments - those that ran; none
   * for the whole script
   */
  clearStale(run: string, fragments: readonly string[]): void {
    const isCurrent = (place: Place, inside: string): boolean => {
      if (place.run === run) return true;
      if (fragments.length === 0) return place.children === undefined && place.kind === TOAST;
      if (place.children !== undefined) return inside === "";
      return place.fragment === "" || inside === "";
    };
    const visit = (place: Place, inside: string): boolean => {
      const { transient } = place;
      const isOver = fragments.length === 0 || inside !== "";
      if (transient?.isEmpty === true || (isOver && transient?.run !== run))
        place.transient = undefined;
      if (!isShown(place)) return false;
      if (!isCurrent(place, inside)) {
        if (place.transient === undefined) return false;
        // What it covered is removed; it stays alone.
        place.message = place.children = undefined;
        return true;
      }
      const begins = place.run === run && fragments.includes(place.fragment);
      const within = begins ? place.fragment : inside;
      place.children = place.children?.filter((child) => visit(child, within));
      return true;
    };
    for (const one of this.#containers)
      one.children = one.children?.filter((child) => visit(child, ""));
  }

  /**
   * The page shows another page of the app: only elements that the main script itself has set stay.
   */
  keepOnly(script: string): void {
    const visit = (place: Place): boolean => {
      if (place.script !== script) return false;
      place.children = place.children?.filter(visit);
      return true;
    };
    for (const one of this.#containers) one.children = one.children?.filter(visit);
  }

  /**
   * Visits each place below the containers, parents first, with the path that it has in the page
   * now.
   */
  visit(each: (place: Place, path: readonly number[], isEmptied: boolean) => void): void {
    const walk = (place: Place, path: readonly number[], isEmptied: boolean): void => {
      if (path.length > 1) each(place, path, isEmptied);
      const inner = isEmptied || place.clearsForm;
      for (const [index, child] of (place.children ?? []).entries())
        walk(child, [...path, index], inner);
    };
    for (const [index, one] of this.#containers.entries()) walk(one, [index], false);
  }

  #siblings(path: readonly number[], run: string): { siblings: Place[]; index: number } {
    let siblings = this.#containers;
    for (const [depth, index] of path.entries()) {
      const place = siblings[index];
      if (depth === path.length - 1) {
        if (depth === 0 || index > siblings.length) break;
        return { siblings, index };
      }
      if (place?.children === undefined) break;
      place.run = run;
      siblings = place.children;
    }
    throw new PathError("A message names an impossible place.");
  }
}

/** Whether anything is left of a place that may have lost its transient. */
function isShown({ message, transient }: Place): boolean {
  return message !== undefined || transient !== undefined;
}

/**
 * A block of the same kind takes the children over, and what is transient above a place stays while
 * its run lasts.
 */
function inherit(place: Place, before: Place): void {
  const isSame =
    place.kind === before.kind && (place.kind !== DIALOG || place.dialog === before.dialog);
  if (place.children !== undefined && before.children !== undefined && isSame)
    place.children = before.children;
  const { transient } = before;
  if (transient !== undefined && transient.run === place.run && !transient.isEmpty)
    place.transient = transient;
}
