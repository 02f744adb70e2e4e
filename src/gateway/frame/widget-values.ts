import {
  changed,
  doubleField,
  fieldsOf,
  find,
  lengthField,
  packedField,
  textOf,
  varintField,
  varintsIn,
} from "./wire.ts";

/**
 * How the element of a widget says which value the page must show: `set` says that it says one,
 * and the value is in another field, which depends on the kind of value that the page reports.
 * Versions before the texts of options reported their positions.
 */
export interface Kind {
  readonly id?: number;
  readonly set?: number;
  readonly bool?: number;
  readonly double?: number;
  readonly int?: number;
  readonly string?: number;
  readonly doubles?: number;
  readonly ints?: number;
  readonly strings?: number;
  readonly json?: number;
}

/** By the number of the element's kind in `Element`. */
export const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [20, { set: 7, bool: 6 }], // checkbox, toggle
  [21, { set: 11, doubles: 10, strings: 18 }], // slider, select_slider
  [22, { set: 9, string: 8 }], // text_area
  [23, { set: 8, string: 13, int: 7 }], // radio
  [24, { set: 9, string: 8 }], // text_input
  [25, { set: 8, string: 13, int: 7 }], // selectbox
  [26, { set: 7, string: 6 }], // time_input
  [27, { set: 10, strings: 9 }], // date_input
  [28, { set: 8, strings: 14, ints: 7 }], // multiselect
  [32, { set: 20, double: 19, int: 19 }], // number_input
  [35, { set: 7, string: 6 }], // color_picker
  [40, { id: 2, json: 11 }], // dataframe: what is selected in it
  [49, { set: 6, string: 5 }], // chat_input: what the script has put into it
  [55, { set: 8, strings: 14, ints: 7 }], // pills, segmented_control
  [62, { set: 9, strings: 8 }], // datetime_input
  [63, { set: 7, int: 6 }], // feedback
  [66, { set: 8, int: 7 }], // pagination
]);

export const DATAFRAME = 40;
const EDITING_MODE = 4;

/** The id of an element that is a widget whose value can be told; undefined for others. */
export function widgetId(element: number, body: Uint8Array): string | undefined {
  const kind = KINDS.get(element);
  if (kind === undefined) return undefined;
  const id = textOf(find(body, kind.id ?? 1));
  return id === "" ? undefined : id;
}

/** Elements that run an app's own JavaScript in the page: components, of both sorts. */
export const COMPONENTS: ReadonlySet<number> = new Set([37, 59]);
/** Uploads, pictures and recordings. */
export const UPLOADS: ReadonlySet<number> = new Set([33, 45, 56]);

/** The id of a widget that cannot be told a value; undefined for others. */
export function silentId(element: number, body: Uint8Array): string | undefined {
  if (!COMPONENTS.has(element) && !UPLOADS.has(element)) return undefined;
  const id = textOf(find(body, 1));
  return id === "" ? undefined : id;
}

/**
 * The fields by which an element gives the value that its page must show; undefined if it gives
 * none.
 */
export function toldValue(element: number, body: Uint8Array): Uint8Array | undefined {
  const kind = KINDS.get(element);
  if (kind === undefined) return undefined;
  const said = kind.set === undefined ? find(body, kind.json ?? 0) : find(body, kind.set);
  if (said === undefined || (said.wire === 0 && said.value !== 1)) return undefined;
  const numbers = valueFields(kind);
  const told = fieldsOf(body).filter(({ number }) => numbers.includes(number));
  return Buffer.concat(told.map(({ raw }) => raw));
}

/** The element with what another one of the same widget said about the value. */
export function withTold(element: number, body: Uint8Array, told: Uint8Array): Uint8Array {
  const kind = KINDS.get(element);
  return kind === undefined ? body : changed(body, valueFields(kind), [told]);
}

/** Kinds of values that happen once: a click, a chat message. */
const TRIGGERS: ReadonlySet<number> = new Set([2, 14, 15, 16]);

/** Whether a reported value is one that happens once. @throws WireError */
export function isTrigger(state: Uint8Array): boolean {
  return fieldsOf(state).some(({ number }) => TRIGGERS.has(number));
}

/** Whether the element is a data editor: its page cannot be told about edits. */
export function isEditor(element: number, body: Uint8Array): boolean {
  return element === DATAFRAME && (find(body, EDITING_MODE)?.value ?? 0) > 0;
}

/** Whether a data editor's reported value has edits in it. */
export function hasEdits(state: Uint8Array): boolean {
  const text = textOf(fieldsOf(state).find(({ number }) => number === 10));
  return text !== "" && /"(?:edited_rows|added_rows|deleted_rows)":\s*[[{]\s*[^\]}\s]/.test(text);
}

/**
 * The element with the value that the page last reported.
 * @param state - the `WidgetState`
 * @returns without a value after something that happens once, which left the widget empty;
 *   undefined if this widget cannot be told such a value
 */
export function withValue(
  element: number,
  body: Uint8Array,
  state: Uint8Array,
): Uint8Array | undefined {
  if (isTrigger(state)) return withoutValue(element, body);
  const kind = KINDS.get(element);
  const value = kind && valueOf(kind, state);
  if (kind === undefined || value === undefined) return undefined;
  const said = kind.set === undefined ? [] : [varintField(kind.set, 1)];
  return changed(body, valueFields(kind), [...value, ...said]);
}

/** The element without a value: a page that already shows it knows better. */
export function withoutValue(element: number, body: Uint8Array): Uint8Array {
  const kind = KINDS.get(element);
  const said = kind?.set ?? kind?.json;
  return said === undefined ? body : changed(body, [said], []);
}

function valueFields(kind: Kind): number[] {
  return Object.values({ ...kind, id: kind.set ?? kind.json ?? 0 });
}

function valueOf(kind: Kind, state: Uint8Array): Uint8Array[] | undefined {
  const field = fieldsOf(state).findLast(({ number }) => number > 1);
  // A widget that was emptied reports no value.
  if (field === undefined) return [];
  const { bytes, value } = field;
  switch (field.number) {
    case 3:
      if (kind.bool === undefined) return undefined;
      return value === 0 ? [] : [varintField(kind.bool, value)];
    case 4:
      return kind.double === undefined ? undefined : [doubleField(kind.double, bytes)];
    case 5:
      return intValue(kind, value);
    case 6:
      return kind.string === undefined ? undefined : [lengthField(kind.string, bytes)];
    case 7: {
      const packed = find(bytes, 1)?.bytes ?? new Uint8Array(0);
      if (kind.doubles === undefined) return undefined;
      return packed.length === 0 ? [] : [lengthField(kind.doubles, packed)];
    }
    case 8: {
      const { ints } = kind;
      const values = varintsIn(find(bytes, 1)?.bytes ?? new Uint8Array(0)).map(zigzag);
      if (ints === undefined) return undefined;
      return values.length === 0 ? [] : [packedField(ints, values)];
    }
    case 9: {
      const { strings } = kind;
      if (strings === undefined) return undefined;
      return fieldsOf(bytes).map((one) => lengthField(strings, one.bytes));
    }
    case 10:
      return kind.json === undefined ? undefined : [lengthField(kind.json, bytes)];
    default:
      return undefined;
  }
}

function intValue({ double, int }: Kind, value: number): Uint8Array[] | undefined {
  const number = zigzag(value);
  if (double !== undefined) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(number);
    return value > Number.MAX_SAFE_INTEGER ? undefined : [doubleField(double, bytes)];
  }
  return int === undefined || number < 0 ? undefined : [varintField(int, number)];
}

/** Protobuf's signed numbers, which alternate around zero. */
function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
