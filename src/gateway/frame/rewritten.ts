import { DELTA, FORWARD, METADATA } from "./messages.ts";
import { DIALOG } from "./page-tree.ts";
import { changed, lengthField, packedField, replaceNested, varintField } from "./wire.ts";

// Messages of Streamlit, changed for a page that gets them once more.

const EMPTY = lengthField(2, new Uint8Array(0));
const SKELETON = lengthField(52, new Uint8Array(0));
/** `Block.Dialog.is_open` */
const IS_OPEN = 4;

/** The page closes the gaps of elements that were removed, so a place may have moved. */
export function atPath(message: Buffer, path: readonly number[]): Buffer {
  const place = packedField(METADATA.deltaPath, path);
  return replaceNested(message, [FORWARD.metadata], (metadata) =>
    changed(metadata, [METADATA.deltaPath], [place]),
  );
}

/** By its hash the page would mistake a changed message for the original. */
function uncached(message: Buffer): Buffer {
  const plain = replaceNested(message, [FORWARD.metadata], (metadata) =>
    changed(metadata, [METADATA.cacheable], []),
  );
  return changed(plain, [FORWARD.hash], []);
}

/** With another body of its element. */
export function withBody(message: Buffer, kind: number, body: Uint8Array): Buffer {
  return uncached(replaceNested(message, [FORWARD.delta, DELTA.element, kind], () => body));
}

/** An element that shows nothing, in its place. */
export function emptied(message: Buffer): Buffer {
  return withElement(message, EMPTY);
}

/** A grey box in an element's place. */
export function asSkeleton(message: Buffer): Buffer {
  return withElement(message, SKELETON);
}

/** A dialog as if it had been closed. What is in it keeps its place. */
export function closedDialog(message: Buffer): Buffer {
  return uncached(
    replaceNested(message, [FORWARD.delta, DELTA.block, DIALOG], (dialog) =>
      changed(dialog, [IS_OPEN], [varintField(IS_OPEN, 0)]),
    ),
  );
}

function withElement(message: Buffer, element: Uint8Array): Buffer {
  return uncached(
    replaceNested(message, [FORWARD.delta], (delta) =>
      changed(delta, [DELTA.element], [lengthField(DELTA.element, element)]),
    ),
  );
}
