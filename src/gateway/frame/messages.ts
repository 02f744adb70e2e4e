import { fieldsOf, find, textOf, varintsIn } from "./wire.ts";

/** The numbers of fields in Streamlit's messages; they have been the same since 1.45. */
export const FORWARD = {
  hash: 1,
  metadata: 2,
  newSession: 4,
  delta: 5,
  scriptFinished: 6,
  refHash: 11,
  pageInfo: 12,
  pageConfig: 13,
  autoRerun: 21,
  logo: 22,
  navigation: 23,
  stopAutoRerun: 28,
} as const;
export const METADATA = { cacheable: 1, deltaPath: 2, script: 4, run: 6 } as const;
export const NEW_SESSION = { initialize: 1, runId: 2, page: 9, fragments: 10, main: 11 } as const;
export const DELTA = { element: 3, block: 6, fragment: 8, transient: 9 } as const;
/** How a run ended. */
export const FINISHED = { successfully: 0, forRerun: 2, fragment: 3 } as const;
export const RERUN = {
  message: 11,
  query: 1,
  states: 2,
  page: 3,
  pageName: 4,
  fragment: 5,
  isAuto: 6,
} as const;

/** A message from Streamlit, as far as every kind of it is the same. */
export interface ForwardMessage {
  /** The number of its field in `ForwardMsg`; 0 if it has none. */
  readonly kind: number;
  readonly body: Uint8Array;
  /** Of a kind that is a number. */
  readonly value: number;
  readonly metadata: Uint8Array | undefined;
  readonly hash: string;
}

/** @throws WireError */
export function readForward(message: Uint8Array): ForwardMessage {
  let [kind, value, hash] = [0, 0, ""];
  let body: Uint8Array = NONE;
  let metadata: Uint8Array | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === FORWARD.hash) hash = textOf(field);
    else if (field.number === FORWARD.metadata) metadata = field.bytes;
    else {
      kind = field.number;
      body = field.bytes;
      value = field.value;
    }
  }
  return { kind, body, value, metadata, hash };
}

const NONE: Uint8Array = new Uint8Array(0);

/** A run of the script, or of some of its fragments. */
export interface Run {
  readonly id: string;
  /** Empty for the whole script. */
  readonly fragments: readonly string[];
}

/** The run that a `new_session` begins. Newer versions say it in the metadata. @throws WireError */
export function runOf({ body, metadata }: ForwardMessage): Run {
  const run = metadata && find(metadata, METADATA.run)?.bytes;
  if (run !== undefined) return readRun(run);
  const fragments = fieldsOf(body).filter(({ number }) => number === NEW_SESSION.fragments);
  return { id: textOf(find(body, NEW_SESSION.runId)), fragments: fragments.map(textOf) };
}

/** The run that a `script_finished` ends; undefined if it does not say. @throws WireError */
export function finishedRun({ metadata }: ForwardMessage): Run | undefined {
  const run = metadata && find(metadata, METADATA.run)?.bytes;
  return run === undefined ? undefined : readRun(run);
}

function readRun(run: Uint8Array): Run {
  const fields = fieldsOf(run);
  return {
    id: textOf(fields.findLast(({ number }) => number === 1)),
    fragments: fields.filter(({ number }) => number === 2).map(textOf),
  };
}

/** What a page asks for when it asks for a run. */
export interface RerunRequest {
  readonly query: string;
  readonly page: string;
  /** Where the page is, if it does not know which page of the app that is. */
  readonly pageName: string;
  readonly fragment: string;
  /** Whether a timer in the page asks, and no person. */
  readonly isAuto: boolean;
  /** A `WidgetState` each. */
  readonly states: readonly Uint8Array[];
}

/** @returns undefined for every other message of a page. @throws WireError */
export function readRerun(message: Uint8Array): RerunRequest | undefined {
  const rerun = find(message, RERUN.message);
  if (rerun?.wire !== 2) return undefined;
  const states = find(rerun.bytes, RERUN.states)?.bytes ?? new Uint8Array(0);
  return {
    query: textOf(find(rerun.bytes, RERUN.query)),
    page: textOf(find(rerun.bytes, RERUN.page)),
    pageName: textOf(find(rerun.bytes, RERUN.pageName)),
    fragment: textOf(find(rerun.bytes, RERUN.fragment)),
    isAuto: find(rerun.bytes, RERUN.isAuto)?.value === 1,
    states: fieldsOf(states)
      .filter(({ number }) => number === 1)
      .map(({ bytes }) => bytes),
  };
}

/** Where a delta belongs. */
export interface DeltaPlace {
  readonly path: readonly number[];
  readonly script: string;
  /** Whether Streamlit may send it again as a reference. */
  readonly isCacheable: boolean;
}

/** @throws WireError */
export function placeOf(metadata: Uint8Array): DeltaPlace {
  const path: number[] = [];
  let [script, isCacheable] = ["", false];
  for (const field of fieldsOf(metadata)) {
    if (field.number === METADATA.deltaPath)
      for (const one of field.wire === 0 ? [field.value] : varintsIn(field.bytes)) path.push(one);
    else if (field.number === METADATA.script) script = textOf(field);
    else if (field.number === METADATA.cacheable) isCacheable = field.value === 1;
  }
  return { path, script, isCacheable };
}

/** Fields of `Element` and `Block` that are no kinds of them. */
const NO_ELEMENT: ReadonlySet<number> = new Set([57, 58, 61, 65]);
const NO_BLOCK: ReadonlySet<number> = new Set([8, 12, 14, 15, 16, 18]);

/** The number of an element's kind, and its body; undefined if it has none. @throws WireError */
export function kindOf(element: Uint8Array): { kind: number; body: Uint8Array } | undefined {
  return oneOf(element, NO_ELEMENT);
}

/** The same of a block. @throws WireError */
export function blockKindOf(block: Uint8Array): { kind: number; body: Uint8Array } | undefined {
  return oneOf(block, NO_BLOCK);
}

function oneOf(message: Uint8Array, not: ReadonlySet<number>) {
  const field = fieldsOf(message).findLast(({ number, wire }) => wire === 2 && !not.has(number));
  return field && { kind: field.number, body: field.bytes };
}

/**
 * Which page of the app a navigation shows, and its name in the address; "" for the default
 * one. @throws WireError
 */
export function readNavigation(body: Uint8Array): { page: string; pageName?: string } {
  const page = textOf(find(body, 4));
  const shown = fieldsOf(body).findLast(
    ({ number, bytes }) => number === 2 && textOf(find(bytes, 1)) === page,
  );
  if (shown === undefined) return { page };
  const isDefault = find(shown.bytes, 4)?.value === 1;
  return { page, pageName: isDefault ? "" : textOf(find(shown.bytes, 6)) };
}

/** Whether a page asks for a run with values of its widgets. */
export function isReport(message: Uint8Array): boolean {
  try {
    return (readRerun(message)?.states.length ?? 0) > 0;
  } catch {
    return false;
  }
}

/** Whether a message begins a run of the whole script. */
export function isBeginning(message: Uint8Array): boolean {
  try {
    const read = readForward(message);
    if (read.kind !== FORWARD.newSession) return false;
    const { id, fragments } = runOf(read);
    return id !== "" && fragments.length === 0;
  } catch {
    return false;
  }
}
