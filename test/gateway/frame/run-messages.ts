import { lengthField, packedField, varintField } from "../../../src/gateway/frame/wire.ts";

const text = (number: number, value: string): Buffer => lengthField(number, Buffer.from(value));

/** How a run begins. @param fragments - of a run of fragments */
export function newSession(session: string, run: string, fragments: string[] = []): Buffer {
  const initialize = Buffer.concat([lengthField(4, Buffer.alloc(0)), text(6, session)]);
  const body = [lengthField(1, initialize), text(9, "page"), text(11, "main")];
  const identity = [text(1, run), ...fragments.map((one) => text(2, one))];
  const metadata = lengthField(2, lengthField(6, Buffer.concat(identity)));
  return Buffer.concat([metadata, lengthField(4, Buffer.concat(body))]);
}

/** The same as older versions say it. */
export function olderNewSession(session: string, run: string): Buffer {
  const initialize = Buffer.concat([lengthField(4, Buffer.alloc(0)), text(6, session)]);
  const body = [lengthField(1, initialize), text(2, run), text(9, "page"), text(11, "main")];
  return lengthField(4, Buffer.concat(body));
}

export function finished(run: string, status = 0, fragments: string[] = []): Buffer {
  const identity = [text(1, run), ...fragments.map((one) => text(2, one))];
  return Buffer.concat([
    lengthField(2, lengthField(6, Buffer.concat(identity))),
    varintField(6, status),
  ]);
}

export interface ElementOptions {
  readonly fragment?: string;
  readonly hash?: string;
  readonly kind?: number;
  /** As newer versions mark an element that a page must not take for the one before. */
  readonly isOneShot?: boolean;
}

/** An element of the kind `text`, or of another kind with a body of your own. */
export function element(
  path: readonly number[],
  body: string | Uint8Array,
  { fragment, hash, kind = 1, isOneShot = false }: ElementOptions = {},
): Buffer {
  const inner = lengthField(kind, typeof body === "string" ? text(1, body) : body);
  const whole = isOneShot ? Buffer.concat([inner, varintField(65, 1)]) : inner;
  return delta(path, lengthField(3, whole), fragment, hash);
}

/** A block. @param kind - 1 is a container */
export function block(
  path: readonly number[],
  kind = 1,
  body: Uint8Array = Buffer.alloc(0),
): Buffer {
  return delta(path, lengthField(6, lengthField(kind, body)));
}

/** Something transient with this many elements. */
export function transient(path: readonly number[], ...texts: string[]): Buffer {
  const elements = texts.map((one) => lengthField(1, lengthField(1, text(1, one))));
  return delta(path, lengthField(9, Buffer.concat(elements)));
}

function delta(
  path: readonly number[],
  inner: Uint8Array,
  fragment?: string,
  hash?: string,
): Buffer {
  const isCacheable = hash === undefined ? [] : [varintField(1, 1)];
  const metadata = Buffer.concat([...isCacheable, packedField(2, path), text(4, "main")]);
  const parts = [inner, ...(fragment === undefined ? [] : [text(8, fragment)])];
  return Buffer.concat([
    ...(hash === undefined ? [] : [text(1, hash)]),
    lengthField(2, metadata),
    lengthField(5, Buffer.concat(parts)),
  ]);
}

export function reference(path: readonly number[], hash: string): Buffer {
  const metadata = Buffer.concat([packedField(2, path), text(4, "main")]);
  return Buffer.concat([lengthField(2, metadata), text(11, hash)]);
}

/** The body of a text input. */
export function textInput(id: string, value?: string): Buffer {
  const said = value === undefined ? [] : [text(8, value), varintField(9, 1)];
  return Buffer.concat([text(1, id), text(2, "Name"), ...said]);
}

export const TEXT_INPUT = 24;

export interface Asked {
  readonly query?: string;
  readonly pageName?: string;
  /** Texts that were typed, by widget. */
  readonly typed?: Readonly<Record<string, string>>;
  /** JSON that components have reported. */
  readonly reported?: Readonly<Record<string, string>>;
  /** A button that was clicked. */
  readonly clicked?: string;
  readonly fragment?: string;
  /** Whether a timer asks. */
  readonly isAuto?: boolean;
}

/** A page asks for a run. */
export function rerun({
  query = "",
  pageName = "",
  typed = {},
  reported = {},
  clicked,
  fragment,
  isAuto = false,
}: Asked = {}): Buffer {
  const states = Object.entries(typed).map(([id, value]) =>
    lengthField(1, Buffer.concat([text(1, id), text(6, value)])),
  );
  for (const [id, json] of Object.entries(reported))
    states.push(lengthField(1, Buffer.concat([text(1, id), text(10, json)])));
  if (clicked !== undefined)
    states.push(lengthField(1, Buffer.concat([text(1, clicked), varintField(2, 1)])));
  const body = [lengthField(2, Buffer.concat(states))];
  if (query !== "") body.push(text(1, query));
  if (pageName !== "") body.push(text(4, pageName));
  if (fragment !== undefined) body.push(text(5, fragment));
  if (isAuto) body.push(varintField(6, 1));
  return lengthField(11, Buffer.concat(body));
}
