import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Frames } from "../../../src/gateway/frame/frames.ts";
import { KeptRuns } from "../../../src/gateway/frame/kept-runs.ts";
import type { PageFrame } from "../../../src/gateway/frame/page-frame.ts";
import { until } from "../../support/until.ts";
import { lastFrame } from "../../../src/gateway/frame/replay.ts";
import { find, lengthField, varintField } from "../../../src/gateway/frame/wire.ts";
import { element, finished, newSession, rerun, transient } from "./run-messages.ts";

const KIB = 1024;

function fill(frame: PageFrame, bytes: number): void {
  frame.heard(newSession("s", "r"));
  frame.heard(element([0, 0], "x".repeat(bytes)));
  frame.heard(finished("r"));
}

/** Opens pages with frames of this many bytes. */
function opened(frames: Frames, names: readonly string[], bytes: number): PageFrame[] {
  return names.map((name) => {
    const frame = frames.blank();
    frames.opened(name, `session of ${name}`, frame);
    fill(frame, bytes);
    return frame;
  });
}

describe("the frames of all pages", () => {
  test("lose the one that was used least recently when they take too much", () => {
    const frames = new Frames({ maxTotal: 100 * KIB, keepFor: 60_000 });
    const [one, two] = opened(frames, ["one", "two"], 40 * KIB) as [PageFrame, PageFrame];
    frames.closed("one", one);
    frames.closed("two", two);
    // Used again: now the other is older.
    frames.opened("one", "session of one", one);
    opened(frames, ["three"], 40 * KIB);
    assert.ok(frames.bytes <= 100 * KIB);
    assert.equal(frames.find("two"), undefined);
    assert.equal(frames.find("one")?.isSure, true);
    assert.equal(frames.find("three")?.isSure, true);
  });

  test("lose those without a page first, then those whose last run began longest ago", () => {
    const frames = new Frames({ maxTotal: 100 * KIB, keepFor: 60_000 });
    const [one, two] = opened(frames, ["one", "two"], 30 * KIB) as [PageFrame, PageFrame];
    const [gone] = opened(frames, ["gone"], 30 * KIB) as [PageFrame];
    frames.closed("gone", gone);
    const [three] = opened(frames, ["three"], 30 * KIB) as [PageFrame];
    assert.deepEqual(
      [one, two, gone, three].map(({ isSure }) => isSure),
      [true, true, false, true],
    );
    // A page that goes on drawing keeps its frame, however long ago it was opened.
    frames.used("one");
    opened(frames, ["four"], 30 * KIB);
    assert.deepEqual(
      [one, two, three].map(({ isSure }) => isSure),
      [true, false, true],
    );
  });

  test("never take more than their bound, also if all pages are open", () => {
    const frames = new Frames({ maxTotal: 100 * KIB });
    const names = Array.from({ length: 20 }, (_, i) => `page ${i}`);
    const pages = opened(frames, names, 40 * KIB);
    assert.ok(frames.bytes <= 100 * KIB, String(frames.bytes));
    assert.equal(pages.at(-1)?.isSure, true);
  });

  test("leave nothing when 10,000 pages come and go", async () => {
    const frames = new Frames({ keepFor: 0 });
    for (let i = 0; i < 10_000; i++) {
      const [frame] = opened(frames, [`page ${i}`], 200) as [PageFrame];
      frames.closed(`page ${i}`, frame);
    }
    await until("all have gone", () => frames.size === 0);
    assert.equal(frames.bytes, 0);
  });

  test("are not shown again once their session has ended", () => {
    const frames = new Frames();
    const [mine, other] = opened(frames, ["mine", "other"], 100) as [PageFrame, PageFrame];
    frames.forget("session of mine");
    assert.equal(mine.isSure, false);
    assert.equal(other.isSure, true);
  });

  test("know a page by its new session after a rotate, and show nothing from before it", () => {
    const frames = new Frames();
    const [mine] = opened(frames, ["mine"], 100) as [PageFrame];
    frames.forget("session of mine", "next");
    assert.equal(mine.isSure, false);
    fill(mine, 100);
    assert.equal(mine.isSure, true);
    frames.forget("next");
    assert.equal(mine.isSure, false);
  });
});

const text = (number: number, value: string): Buffer => lengthField(number, Buffer.from(value));
const LONG = "x".repeat(1000);

/** What one run can send or cause without end, and no two of it the same. */
const ENDLESS: Record<string, (frame: PageFrame, i: number) => void> = {
  "page titles": (frame, i) => frame.heard(lengthField(13, text(1, `${LONG}${i}`))),
  "page settings of ever new fields": (frame, i) =>
    frame.heard(lengthField(13, text(100 + i, LONG))),
  "timers of ever new fragments": (frame, i) =>
    frame.heard(lengthField(21, text(2, `${LONG}${i}`))),
  logos: (frame, i) => frame.heard(lengthField(22, text(1, `${LONG}${i}`))),
  navigations: (frame, i) => frame.heard(lengthField(23, text(4, `${LONG}${i}`))),
  addresses: (frame, i) => frame.heard(lengthField(12, text(1, LONG.repeat(i)))),
  "addresses of the page": (frame, i) => frame.said(rerun({ query: LONG.repeat(i) })),
  "runs of a fragment": (frame, i) => frame.heard(newSession("mine", "r", [`${LONG}${i}`])),
  "long elements at one place": (frame, i) =>
    frame.heard(element([0, 0], `${LONG}${i}`, { hash: `hash ${i}` })),
  elements: (frame, i) => frame.heard(element([0, i], LONG)),
  transients: (frame, i) => frame.heard(transient([0, 0], `${LONG}${i}`)),
  "values of widgets": (frame, i) => frame.said(rerun({ typed: { [`${i}`]: LONG } })),
};

describe("one run that sends without end", () => {
  for (const [name, send] of Object.entries(ENDLESS))
    test(`takes no more than its bound, and no other page's frame: ${name}`, () => {
      const maxFrame = 100 * KIB;
      const frames = new Frames({ maxFrame, maxTotal: 2 * maxFrame });
      const [other, mine] = opened(frames, ["other", "mine"], 100) as [PageFrame, PageFrame];
      mine.heard(newSession("mine", "r"));
      for (let i = 0; i < 1000; i++) {
        send(mine, i);
        assert.ok(mine.bytes <= maxFrame, `${mine.bytes} bytes after ${i}`);
        // What is counted is what is kept, also of what only a reference would name again.
        const referred = mine.refs.messages().reduce((sum, one) => sum + one.length, 0);
        assert.ok(referred <= mine.bytes, `${referred} bytes can be named again after ${i}`);
      }
      assert.equal(other.isSure, true);
      const kept =
        lastFrame(mine)
          ?.flat()
          .reduce((sum, one) => sum + one.length, 0) ?? 0;
      assert.ok(kept <= 2 * maxFrame, String(kept));
      mine.doubt();
      assert.ok(mine.bytes <= maxFrame / 4, "nothing is left of it but its address");
      fill(mine, 100);
      assert.equal(mine.isSure, true, "and the next whole run is kept");
    });

  test("is shown again with the last of its page's settings, each of them", () => {
    const frames = new Frames({ maxFrame: 20 * KIB });
    const [mine] = opened(frames, ["mine"], 100) as [PageFrame];
    mine.heard(newSession("mine", "r"));
    const wide = varintField(3, 1);
    mine.heard(lengthField(13, Buffer.concat([text(1, "first"), text(2, "icon"), wide])));
    for (let i = 0; i < 1000; i++) mine.heard(lengthField(13, text(1, `step ${i}`)));
    for (let i = 0; i < 1000; i++) mine.heard(lengthField(21, text(2, "fragment")));
    mine.heard(element([0, 0], "end"));
    mine.heard(finished("r"));
    const configs = (lastFrame(mine) ?? []).flat().flatMap((one) => find(one, 13) ?? []);
    const shown = configs.map(({ bytes }) => [
      Buffer.from(find(bytes, 1)?.bytes ?? []).toString(),
      find(bytes, 3)?.value,
    ]);
    assert.deepEqual(shown, [
      ["first", 1],
      ["step 999", undefined],
    ]);
    assert.equal(mine.announced.timers.length, 1);
    assert.ok(mine.bytes < 2000, String(mine.bytes));
  });

  test("never takes another frame's room for what it has replaced", () => {
    const frames = new Frames({ maxTotal: 20 * KIB });
    const [other, mine] = opened(frames, ["other", "mine"], 100) as [PageFrame, PageFrame];
    for (let i = 0; i < 1000; i++)
      for (const name of ["page titles", "logos", "navigations", "runs of a fragment"])
        ENDLESS[name]?.(mine, i);
    assert.equal(other.isSure, true);
    assert.equal(mine.isSure, true);
  });
});

describe("runs without a page", () => {
  test("are bounded for each visitor and in all", () => {
    const runs = new KeptRuns({ maxRuns: 3, maxRunsOfVisitor: 2 });
    const kept = [runs.keep("a", () => {}), runs.keep("a", () => {})];
    assert.equal(runs.hasRoom("a"), false);
    assert.equal(runs.hasRoom("b"), true);
    kept.push(runs.keep("b", () => {}));
    assert.equal(runs.hasRoom("c"), false);
    runs.release(kept[0]);
    assert.equal(runs.hasRoom("a"), true);
    for (const one of kept) runs.release(one);
    assert.equal(runs.size, 0);
  });

  test("end when their time is over", async () => {
    const runs = new KeptRuns({ runFor: 20 });
    let ended = 0;
    runs.keep("a", () => ended++);
    await until("it has ended", () => ended === 1);
    assert.equal(runs.size, 0);
  });

  for (const off of [{ runFor: 0 }, { maxRuns: 0 }])
    test(`there are none with ${JSON.stringify(off)}`, () => {
      assert.equal(new KeptRuns(off).hasRoom("a"), false);
      assert.equal(new KeptRuns(off).isOn, false);
    });
});
