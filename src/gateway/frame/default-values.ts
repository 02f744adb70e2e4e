import { KINDS } from "./widget-values.ts";
import {
  doubleField,
  type Field,
  fieldsOf,
  find,
  lengthField,
  textOf,
  varintField,
  varintsIn,
} from "./wire.ts";

/**
 * Where the element of a widget says which value its page shows by default. If it has options,
 * these are their positions.
 */
interface Default {
  readonly number: number;
  readonly options?: number;
  /** Where an option says its text, if it is a message. */
  readonly text?: number;
}

const DEFAULTS: ReadonlyMap<number, Default> = new Map<number, Default>([
  [20, { number: 3 }],
  [21, { number: 6, options: 13 }],
  [22, { number: 3 }],
  [23, { number: 3, options: 4 }],
  [24, { number: 3 }],
  [25, { number: 3, options: 4 }],
  [26, { number: 3 }],
  [27, { number: 3 }],
  [28, { number: 3, options: 4 }],
  [32, { number: 14 }],
  [35, { number: 3 }],
  [40, { number: 12 }],
  [55, { number: 3, options: 2, text: 1 }],
  [62, { number: 3 }],
  [63, { number: 3 }],
  [66, { number: 3 }],
]);

/**
 * The fields by which an element would tell its page to show its default. There may be two ways: by
 * the texts of options, and by their positions.
 * @throws WireError
 */
export function defaultValues(element: number, body: Uint8Array): Uint8Array[] {
  const kind = KINDS.get(element);
  const from = DEFAULTS.get(element);
  if (kind === undefined || from === undefined) return [];
  const set = kind.set === undefined ? [] : [varintField(kind.set, 1)];
  const fields = fieldsOf(body).filter(({ number }) => number === from.number);
  const text = kind.string ?? kind.strings ?? kind.json;
  const ways: Uint8Array[][] = [];
  const number = kind.bool ?? kind.double ?? kind.doubles ?? kind.int ?? kind.ints;
  const same = number ?? (from.options === undefined ? text : undefined);
  if (same !== undefined) ways.push(fields.map((field) => renumbered(field, same)));
  if (from.options !== undefined && text !== undefined) {
    const options = fieldsOf(body).filter((one) => one.number === from.options);
    const chosen = fields.flatMap(positionsIn).map((at) => options[at]);
    const texts = chosen.map((one) =>
      from.text === undefined ? one : find(one?.bytes, from.text),
    );
    ways.push(texts.map((one) => lengthField(text, Buffer.from(textOf(one)))));
  }
  return ways.map((way) => Buffer.concat([...way, ...set]));
}

function renumbered({ wire, value, bytes }: Field, number: number): Uint8Array {
  if (wire === 0) return varintField(number, value);
  return wire === 1 ? doubleField(number, bytes) : lengthField(number, bytes);
}

/** A slider says its positions as doubles. */
function positionsIn({ number, wire, value, bytes }: Field): number[] {
  if (wire === 0) return [value];
  if (number !== SLIDER_DEFAULT) return varintsIn(bytes);
  const all = Buffer.from(bytes);
  return Array.from({ length: all.length / 8 }, (_, index) => all.readDoubleLE(index * 8));
}

const SLIDER_DEFAULT = 6;
