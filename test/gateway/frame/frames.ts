// Frames made of messages, and what they show.
import assert from "node:assert/strict";
import { PageFrame } from "../../../src/gateway/frame/page-frame.ts";
import { find } from "../../../src/gateway/frame/wire.ts";
import { TEXT_INPUT } from "./run-messages.ts";

export const MAX = 2 * 1024 * 1024;

/** What a page shows, as lines: path, kind, and the text of elements that are text. */
export function outline(frame: PageFrame): string[] {
  const lines: string[] = [];
  frame.tree.visit(({ message, kind, children, transient: above }, path) => {
    const body = children === undefined ? find(message, 5, 3, 1, 1) : undefined;
    const text = body === undefined ? "" : ` ${Buffer.from(body.bytes).toString()}`;
    lines.push(
      `${path.join(".")} ${children === undefined ? "e" : "b"}${kind}${text}${above ? " ~" : ""}`,
    );
  });
  return lines;
}

export function framed(...messages: Uint8Array[]): PageFrame {
  const frame = new PageFrame(MAX);
  for (const message of messages) frame.heard(message);
  return frame;
}

/** A page that gets these messages and nothing else. */
export function pageOf(messages: readonly Uint8Array[] | undefined): PageFrame {
  assert.ok(messages !== undefined, "there is a frame");
  return framed(...messages);
}

/** The value that an element says its page is to show. */
export function toldText(
  messages: readonly Uint8Array[] | undefined,
  id: string,
): string | undefined {
  for (const message of messages ?? []) {
    const input = find(message, 5, 3, TEXT_INPUT)?.bytes;
    if (Buffer.from(find(input, 1)?.bytes ?? []).toString() !== id) continue;
    const isSet = find(input, 9)?.value === 1;
    return isSet ? Buffer.from(find(input, 8)?.bytes ?? []).toString() : undefined;
  }
  return undefined;
}
