// The container of what happens beside the page: dialogs, toasts, and style sheets.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PageFrame } from "../../../src/gateway/frame/page-frame.ts";
import { joinedFrame, lastFrame } from "../../../src/gateway/frame/replay.ts";
import { find, varintField } from "../../../src/gateway/frame/wire.ts";
import { framed, outline, pageOf } from "./frames.ts";
import { block, element, finished, newSession } from "./run-messages.ts";

const HTML = 36;
const TOAST = 50;
const DIALOG = 11;
const OPEN = varintField(4, 1);

const text = (body: string): Buffer =>
  Buffer.concat([Buffer.from([0x0a, body.length]), Buffer.from(body)]);
const html = (at: number): Buffer => element([2, at], text("style"), { kind: HTML });
const toast = (at: number): Buffer => element([2, at], text("toast"), { kind: TOAST });
const dialog = (at: number, fragment: string): Buffer[] => [
  block([2, at], DIALOG, OPEN),
  element([2, at, 0], "inside", { fragment }),
];
const inFragment = [block([0, 0]), element([0, 0, 0], "body", { fragment: "f" })];

/** A run of the whole script that has ended, with these in the event container. */
function ran(...events: readonly Buffer[]): Buffer[] {
  return [newSession("s", "1"), ...events, ...inFragment, finished("1")];
}

/** Whether each dialog that a page was told last is open. */
function dialogs(messages: readonly Buffer[]): boolean[] {
  const open = new Map<string, boolean>();
  for (const message of messages) {
    const told = find(message, 5, 6, DIALOG);
    const path = find(message, 2, 2)?.bytes;
    if (told !== undefined && path !== undefined)
      open.set(String(path), find(told.bytes, 4)?.value === 1);
  }
  return [...open.values()];
}

/** What a page shows, with a toast and its empty place as one. */
const places = (frame: PageFrame): string[] =>
  outline(frame).map((line) => line.replace(`e${TOAST}`, "e2"));

describe("the last frame", () => {
  test("has the style sheets, empty places for toasts, and dialogs that are closed", () => {
    const frame = framed(...ran(html(0), toast(1), ...dialog(2, "d"), html(3)));
    const messages = lastFrame(frame)!.flat();
    const page = pageOf(messages);
    assert.deepEqual(outline(page), [
      "0.0 b1",
      "0.0.0 e1 body",
      `2.0 e${HTML}`,
      "2.1 e2",
      `2.2 b${DIALOG}`,
      "2.2.0 e1 inside",
      `2.3 e${HTML}`,
    ]);
    assert.deepEqual(dialogs(messages), [false]);
    frame.emptyToasts();
    for (const one of [newSession("s", "2"), html(0), finished("2")])
      for (const shown of [frame, page]) shown.heard(one);
    assert.deepEqual(outline(frame), [`2.0 e${HTML}`]);
    assert.deepEqual(outline(page), outline(frame));
  });
});

describe("a page that joins the run of a fragment", () => {
  const begun = [newSession("s", "2", ["f"]), element([0, 0, 0], "more", { fragment: "f" })];

  test("has the style sheets of the run before, and can be told about a later toast", () => {
    const frame = framed(...ran(html(0), toast(1)), ...begun);
    const page = pageOf(joinedFrame(frame, { isNew: true, since: frame.clock })!.flat());
    assert.deepEqual(outline(page).slice(-2), [`2.0 e${HTML}`, "2.1 e2"]);
    for (const one of [toast(1), toast(2), finished("2", 3, ["f"])]) page.heard(one);
    assert.ok(page.isSure);
  });

  for (const [what, fragment, isOpen] of [
    ["of that fragment is open, also before the run has drawn in it", "f", true],
    ["of another fragment is closed: nothing tells if the page had closed it", "d", false],
  ] as const)
    test(`a dialog ${what}`, () => {
      const run = newSession("s", "2", ["f"]);
      const frame = framed(...ran(html(0), ...dialog(1, fragment)), run);
      const joined = joinedFrame(frame, { isNew: true, since: frame.clock })!.flat();
      assert.deepEqual(dialogs(joined), [isOpen]);
      const page = pageOf(joined);
      page.heard(element([2, 1, 0], "again", { fragment }));
      assert.ok(page.isSure, "what is drawn in it has its place");
    });

  test("a dialog that no page has seen is open", () => {
    const frame = framed(...ran(html(0)));
    const since = frame.clock;
    for (const one of [newSession("s", "2", ["f"]), ...dialog(1, "d"), ...begun]) frame.heard(one);
    assert.deepEqual(dialogs(joinedFrame(frame, { isNew: true, since })!.flat()), [true]);
  });

  test("a page that lives on is not told about the dialog that it may have closed", () => {
    const frame = framed(...ran(html(0), ...dialog(1, "d")), ...begun);
    const joined = joinedFrame(frame, { isNew: false, since: frame.clock })!.flat();
    assert.deepEqual(dialogs(joined), []);
  });
});

test("whatever there is, a page that joins has the same places as the frame, now and later", () => {
  const event = fc.constantFrom("html", "toast", "dialog", "fragment's dialog");
  const events = fc.array(event, { maxLength: 4 });
  fc.assert(
    fc.property(events, events, events, fc.boolean(), fc.boolean(), (one, two, three, ...how) => {
      const [isWhole, isSeen] = how;
      const at = (all: readonly string[], from: number): Buffer[] =>
        all.flatMap((what, index) => {
          if (what === "html") return [html(from + index)];
          if (what === "toast") return [toast(from + index)];
          return dialog(from + index, what === "dialog" ? "d" : "f");
        });
      const fragments = isWhole ? [] : ["f"];
      const from = isWhole ? 0 : one.length;
      const frame = framed(...ran(...at(one, 0)));
      const before = frame.clock;
      for (const message of [newSession("s", "2", fragments), ...at(two, from)])
        frame.heard(message);
      const since = isSeen ? frame.clock : before;
      const page = pageOf(joinedFrame(frame, { isNew: true, since })!.flat());
      frame.emptyToasts(since);
      assert.deepEqual(places(page), places(frame));
      const rest = [
        ...at(three, from + two.length),
        ...(isWhole ? inFragment : []),
        finished("2", isWhole ? 0 : 3, fragments),
        newSession("s", "3"),
        ...at(one, 0),
        finished("3"),
      ];
      for (const message of rest) {
        for (const shown of [frame, page]) shown.heard(message);
        assert.ok(page.isSure && frame.isSure);
        assert.deepEqual(outline(page), outline(frame));
      }
    }),
    { numRuns: 500 },
  );
});

describe("the logo", () => {
  const logo = Buffer.concat([Buffer.from([0x12, 6, 0x22, 4]), Buffer.from("main")]);
  const withLogo = Buffer.concat([logo, Buffer.from([0xb2, 1, 2, 0x0a, 0])]);
  const told = (messages: readonly Buffer[] | undefined): number =>
    (messages ?? []).filter((one) => find(one, 22) !== undefined).length;

  test("goes with the end of a run of the whole script that does not set it, as in the page", () => {
    const frame = framed(newSession("s", "1"), withLogo, ...inFragment, finished("1"));
    assert.equal(told(lastFrame(frame)?.flat()), 1);
    frame.heard(newSession("s", "2", ["f"]));
    frame.heard(finished("2", 3, ["f"]));
    assert.equal(told(lastFrame(frame)?.flat()), 1);
    frame.heard(newSession("s", "3"));
    assert.equal(told(lastFrame(frame)?.flat()), 1);
    frame.heard(finished("3"));
    assert.equal(told(lastFrame(frame)?.flat()), 0);
  });

  test("is of the run that a page joins if that has set it, so that it stays", () => {
    const frame = framed(newSession("s", "1"), withLogo);
    const page = pageOf(joinedFrame(frame, { isNew: true, since: 0 })?.flat());
    page.heard(finished("1"));
    assert.equal(told(lastFrame(page)?.flat()), 1);
  });
});
