import { blockKindOf, DELTA, kindOf } from "./messages.ts";
import { DIALOG, type Place } from "./page-tree.ts";
import { type Field, find, textOf } from "./wire.ts";

const FORM = 5;

/**
 * A place as a delta sets it, and the body of its element or block.
 * @throws TypeError if it is neither
 * @throws WireError
 */
export function newPlace(
  { message, run, script, at }: Pick<Place, "run" | "script" | "at"> & { message: Buffer },
  delta: readonly Field[],
): { place: Place; body: Uint8Array } {
  const last = (wanted: number): Field | undefined =>
    delta.findLast(({ number }) => number === wanted);
  const element = last(DELTA.element)?.bytes;
  const block = last(DELTA.block)?.bytes;
  const inner = element ?? block;
  if (inner === undefined) throw new TypeError("A delta of an unknown kind.");
  const { kind, body } = (element === undefined ? blockKindOf(inner) : kindOf(inner)) ?? NO_KIND;
  const isForm = element === undefined && kind === FORM;
  const isDialog = element === undefined && kind === DIALOG;
  const place: Place = {
    message,
    run,
    script,
    fragment: textOf(last(DELTA.fragment)),
    children: element === undefined ? [] : undefined,
    kind,
    dialog: isDialog ? textOf(find(block, 12)) : "",
    clearsForm: isForm && find(body, 2)?.value === 1,
    at,
    transient: undefined,
  };
  return { place, body };
}

const NO_KIND = { kind: 0, body: new Uint8Array(0) };
