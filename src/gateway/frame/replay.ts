import {
  DELTA,
  FORWARD,
  kindOf,
  METADATA,
  NEW_SESSION,
  placeOf,
  readRerun,
  RERUN,
} from "./messages.ts";
import type { PageFrame } from "./page-frame.ts";
import { DIALOG, EVENTS, type Place, TOAST } from "./page-tree.ts";
import { asSkeleton, atPath, closedDialog, emptied, withBody } from "./rewritten.ts";
import type { ShownValues } from "./shown-values.ts";
import { changed, find, lengthField, varintField, replaceNested } from "./wire.ts";
import { toldValue, widgetId, withoutValue } from "./widget-values.ts";

/** Elements that happen once: balloons, snow, toasts. */
const ONCE: ReadonlySet<number> = new Set([12, 46, TOAST]);
/** `new_session.initialize.session_status.script_is_running` */
const IS_RUNNING = [NEW_SESSION.initialize, 4] as const;
/** The run that old elements are shown as. No run of Streamlit has this name. */
const FORMER = Buffer.from("persist-session-former");

/**
 * Whether a page whose first message is this one shows what the frame shows: the same page of the
 * app, with the same query.
 */
export function isAtFrame(frame: PageFrame, first: Uint8Array): boolean {
  const asked = attempt(() => readRerun(first));
  if (asked === undefined || asked.fragment !== "" || asked.states.length > 0) return false;
  const isPage = asked.page === "" ? asked.pageName === frame.pageName : asked.page === frame.page;
  return frame.isSure && isPage && asked.query === frame.query;
}

/**
 * A page's first message, naming the page of the app that the frame shows. Without it Streamlit
 * begins with the main script's page, and the page would clear what it shows.
 */
export function askingForPage(frame: PageFrame, first: Uint8Array): Buffer {
  const page = lengthField(RERUN.page, Buffer.from(frame.page));
  return replaceNested(first, [RERUN.message], (rerun) => changed(rerun, [RERUN.page], [page]));
}

/**
 * The messages that make a new page show the frame, as stale content that a run is about to
 * replace. Undefined if the frame is unsure. Elements that happen once are not shown: toasts and
 * balloons are empty places, and dialogs are closed.
 *
 * @returns steps: the page must show each step before the next one comes. The run is one more step:
 * otherwise the page would treat it as the run of another page of the app.
 */
export function lastFrame(frame: PageFrame): Buffer[][] | undefined {
  if (!frame.isSure) return undefined;
  return attempt(() => {
    const messages: Buffer[] = [];
    frame.tree.visit((place, path, isEmptied) => {
      const { message } = place;
      if (message === undefined) return;
      messages.push(
        isDialog(place, path)
          ? atPath(closedDialog(message), path)
          : shown(frame, message, place, path, isEmptied),
      );
    });
    const begun = beginning(frame);
    // The pages of older versions paint elements only if they have noticed before that a script
    // runs.
    return namesRuns(frame) ? [[...begun, ...messages]] : [begun, messages];
  });
}

/**
 * Whether every message of a run names it. Otherwise pages may treat the run that they join as an
 * older one.
 */
export function namesRuns({ newSession }: PageFrame): boolean {
  return attempt(() => find(newSession, FORWARD.metadata, METADATA.run)) !== undefined;
}

/** For a page that joins a run under way. */
export interface Joining {
  /** Whether the page is a new one, and knows nothing of its widgets. */
  readonly isNew: boolean;
  /** What came after this, by the frame's clock, no page has seen. */
  readonly since: number;
}

/**
 * The messages that bring a page to the state of the run under way: first the elements of older
 * runs, as stale, then those of the present run. Undefined if the frame is unsure, or shows a data
 * editor with edits, which cannot be sent to a page.
 *
 * @returns steps, as of `lastFrame`
 */
export function joinedFrame(frame: PageFrame, joining: Joining): Buffer[][] | undefined {
  const { lastBegin } = frame;
  if (!frame.isSure || lastBegin === undefined) return undefined;
  return attempt(() => {
    const old = beginning(frame);
    const present = [running(frame, lastBegin)];
    const { logo } = frame.announced;
    if (logo?.run === frame.run) present.push(logo.message);
    let isEdited = false;
    let over: number | undefined;
    frame.tree.visit((place, path, isEmptied) => {
      const { message, transient } = place;
      const isPresent = place.run === frame.run;
      const isSeen = place.at <= joining.since;
      const isOver = isDialog(place, path) && isSeen && !isPresent && !holdsRun(frame, place);
      if (isOver) over = path[1];
      const isInside = path[0] === EVENTS && path[1] === over;
      // A page that has the dialog may have closed it.
      if (isInside && !joining.isNew) return;
      if (message !== undefined) {
        isEdited ||= joining.isNew && !isInside && isEditedHere(frame, place, message);
        const told = isOver
          ? atPath(closedDialog(message), path)
          : joining.isNew
            ? shown(frame, message, place, path, isEmptied, isSeen)
            : atPath(unsaid(place, message, isSeen), path);
        // Everything is sent once so that the places are right, and a second time as part of the
        // present run.
        old.push(told);
        if (isPresent) present.push(told);
      }
      if (transient !== undefined && transient.run === frame.run)
        present.push(atPath(transient.message, path));
    });
    if (isEdited) return undefined;
    present.push(...frame.announced.timers);
    return joining.isNew ? [old, present] : [[...old, ...present]];
  });
}

/** A page that was shown a frame, and what it knows. */
export interface Shown {
  readonly values: ShownValues;
  /**
   * Whether widgets that it was not shown need their values, as Streamlit believes it knows them.
   */
  readonly restores: boolean;
  /** Whether it lacks earlier messages, which a reference may name. */
  readonly resolves: boolean;
}

/** A message as a page gets it. */
export interface ForPage {
  readonly told: Buffer;
  /** The same without the value, for a page that has reported the widget since. */
  readonly silent?: Buffer;
  readonly widget: string;
}

/** A message of the run under way for a page that was shown a frame first. */
export function forShown(frame: PageFrame, message: Buffer, page: Shown): ForPage {
  const forPage = attempt((): ForPage => {
    const metadata = find(message, FORWARD.metadata)?.bytes;
    const ref = find(message, FORWARD.refHash);
    const whole =
      ref === undefined || metadata === undefined
        ? message
        : frame.refs.resolve(Buffer.from(ref.bytes).toString(), metadata);
    const element = find(whole, FORWARD.delta, DELTA.element)?.bytes;
    const known = element && kindOf(element);
    const widget = (known && widgetId(known.kind, known.body)) ?? "";
    const plain = { told: page.resolves ? whole : message, widget };
    if (known === undefined || widget === "" || metadata === undefined) return plain;
    const { kind, body } = known;
    const isRestored = page.restores && !frame.tree.isEmptied(placeOf(metadata).path);
    const restored = isRestored ? frame.states.restored(kind, body) : undefined;
    const told = restored === undefined ? plain.told : withBody(whole, kind, restored);
    const isSaid = restored !== undefined && toldValue(kind, body) === undefined;
    if (!isSaid && !page.values.isRepeated(kind, body)) return { told, widget };
    return { told, silent: withBody(whole, kind, withoutValue(kind, body)), widget };
  });
  return forPage ?? { told: message, widget: "" };
}

function beginning(frame: PageFrame): Buffer[] {
  const { newSession, navigation, announced } = frame;
  const messages =
    newSession === undefined ? [] : [former(running(frame, newSession)), ...announced.configs];
  if (navigation !== undefined) messages.push(navigation);
  if (announced.logo !== undefined) messages.push(announced.logo.message);
  return messages;
}

/** A page shows no elements while it knows of no run. */
function running({ page }: PageFrame, newSession: Buffer): Buffer {
  const isRunning = replaceNested(newSession, [FORWARD.newSession, ...IS_RUNNING], (status) =>
    changed(status, [2], [varintField(2, 1)]),
  );
  const here = lengthField(NEW_SESSION.page, Buffer.from(page));
  return replaceNested(isRunning, [FORWARD.newSession], (body) =>
    changed(body, [NEW_SESSION.page], [here]),
  );
}

/** The same of another run, so that the present one begins anew. */
function former(newSession: Buffer): Buffer {
  const old = replaceNested(newSession, [FORWARD.metadata, METADATA.run], () =>
    lengthField(1, FORMER),
  );
  return replaceNested(old, [FORWARD.newSession], (body) =>
    find(body, NEW_SESSION.runId) === undefined
      ? Buffer.from(body)
      : changed(body, [NEW_SESSION.runId], [lengthField(NEW_SESSION.runId, FORMER)]),
  );
}

/**
 * A place's message for a page that knows nothing: with the value of its widget, and without what
 * happens once.
 */
function shown(
  frame: PageFrame,
  message: Buffer,
  { children, kind }: Place,
  path: readonly number[],
  isEmptied: boolean,
  isSeen = true,
): Buffer {
  if (children !== undefined) return atPath(message, path);
  const element = find(message, FORWARD.delta, DELTA.element)?.bytes;
  const body = find(element, kind)?.bytes;
  if (element === undefined || body === undefined) return atPath(message, path);
  if (isSeen && ONCE.has(kind)) return atPath(emptied(message), path);
  if (frame.states.isEdited(kind, body)) return atPath(asSkeleton(message), path);
  const restored = isEmptied ? undefined : frame.states.restored(kind, body);
  if (restored === undefined) return atPath(message, path);
  return atPath(withBody(message, kind, restored), path);
}

function isDialog({ kind, children }: Place, path: readonly number[]): boolean {
  return path[0] === EVENTS && kind === DIALOG && children !== undefined;
}

/** Whether a fragment that runs lies in it, so that it was open when the run began. */
function holdsRun(frame: Pick<PageFrame, "fragments">, { fragment, children }: Place): boolean {
  if (frame.fragments.includes(fragment)) return true;
  return children?.some((child) => holdsRun(frame, child)) ?? false;
}

function isEditedHere(frame: PageFrame, { children, kind }: Place, message: Buffer): boolean {
  const body = find(message, FORWARD.delta, DELTA.element, kind)?.bytes;
  return children === undefined && body !== undefined && frame.states.isEdited(kind, body);
}

/** For a page that already shows the element, and may show another value by now. */
function unsaid({ children, kind }: Place, message: Buffer, isSeen: boolean): Buffer {
  if (children !== undefined || !isSeen) return message;
  if (ONCE.has(kind)) return emptied(message);
  const body = find(message, FORWARD.delta, DELTA.element, kind)?.bytes;
  if (body === undefined) return message;
  const silent = withoutValue(kind, body);
  return silent.length === body.length ? message : withBody(message, kind, silent);
}

/** What cannot be read is not shown. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
