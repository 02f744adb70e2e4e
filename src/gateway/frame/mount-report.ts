import { defaultValues } from "./default-values.ts";
import { DELTA, FORWARD, readRerun, type RerunRequest } from "./messages.ts";
import type { PageFrame } from "./page-frame.ts";
import { saysOneOf } from "./shown-values.ts";
import {
  COMPONENTS,
  isTrigger,
  silentId,
  toldValue,
  UPLOADS,
  widgetId,
  withValue,
} from "./widget-values.ts";
import { find, textOf } from "./wire.ts";

const UPLOAD_STATE = 13;

/** A widget in the page. */
interface Widget {
  readonly kind: number;
  readonly body: Uint8Array;
  readonly isEmptied: boolean;
}

/**
 * Whether a page that has joined a run only reports the values of its components as soon as they
 * are in the page, and Python knows every value in the message. Streamlit would stop the run for
 * it, although the user has done nothing. A component that reports its old value again does not
 * change it, so only a run is lost.
 *
 * @param hasReported - whether the page has reported anything since it joined
 */
export function isMountReport(
  frame: PageFrame,
  message: Uint8Array,
  hasReported: boolean,
): boolean {
  try {
    const rerun = readRerun(message);
    if (rerun === undefined || rerun.isAuto || rerun.states.length === 0) return false;
    if (!isHere(frame, rerun) || rerun.states.some(isTrigger)) return false;
    const widgets = widgetsOf(frame);
    const isNews = (state: Uint8Array): boolean => {
      if (frame.states.isReported(state)) return false;
      const widget = widgets.get(textOf(find(state, 1)));
      return widget === undefined || !isShown(frame, widget, state, hasReported);
    };
    const isComponent = (state: Uint8Array): boolean =>
      COMPONENTS.has(widgets.get(textOf(find(state, 1)))?.kind ?? 0);
    return rerun.states.some(isComponent) && !rerun.states.some(isNews);
  } catch {
    return false;
  }
}

function isHere(frame: PageFrame, { query, page, pageName }: RerunRequest): boolean {
  return query === frame.query && (page === "" ? pageName === frame.pageName : page === frame.page);
}

function widgetsOf({ tree }: PageFrame): Map<string, Widget> {
  const widgets = new Map<string, Widget>();
  tree.visit(({ message, children, kind }, _, isEmptied) => {
    if (message === undefined || children !== undefined) return;
    const body = find(message, FORWARD.delta, DELTA.element, kind)?.bytes;
    const id = body && (widgetId(kind, body) ?? silentId(kind, body));
    if (body !== undefined && id !== undefined) widgets.set(id, { kind, body, isEmptied });
  });
  return widgets;
}

/** Whether this is the value with which a new page begins to show the widget. */
function isShown(
  frame: PageFrame,
  { kind, body, isEmptied }: Widget,
  state: Uint8Array,
  hasReported: boolean,
): boolean {
  // A new page has no file of the one before.
  if (UPLOADS.has(kind)) return !hasReported && find(state, UPLOAD_STATE)?.bytes.length === 0;
  const begun = (isEmptied ? undefined : frame.states.restored(kind, body)) ?? body;
  const reported = withValue(kind, begun, state);
  const now = reported && toldValue(kind, reported);
  if (now === undefined) return false;
  const told = toldValue(kind, begun);
  return saysOneOf(kind, now, told === undefined ? defaultValues(kind, begun) : [told]);
}
