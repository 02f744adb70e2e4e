import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { PageFrame } from "../../../src/gateway/frame/page-frame.ts";
import { isAtFrame, joinedFrame, lastFrame } from "../../../src/gateway/frame/replay.ts";
import { find } from "../../../src/gateway/frame/wire.ts";
import { recorded, VERSIONS } from "./recorded.ts";
import {
  block,
  element,
  finished,
  newSession,
  reference,
  TEXT_INPUT,
  transient,
} from "./run-messages.ts";
import { MAX, outline, framed, pageOf } from "./frames.ts";

describe("a recorded page", () => {
  for (const version of VERSIONS) {
    test(`is shown again in full by its last frame (Streamlit ${version})`, () => {
      const frame = new PageFrame(MAX);
      for (const { isFromPage, bytes } of recorded(version))
        if (isFromPage) frame.said(bytes);
        else frame.heard(bytes);
      assert.ok(frame.isSure);
      assert.ok(!frame.running);
      const messages = lastFrame(frame)?.flat();
      const again = pageOf(messages);
      assert.ok(again.running, "a page shows elements only while a script runs");
      assert.deepEqual(outline(again), outline(frame));
      assert.ok(outline(frame).length > 60, `it has ${outline(frame).length} places`);
      // What the page said is told again, and only that.
      const told = (messages ?? []).filter((one) => find(one, 5, 3, TEXT_INPUT, 9)?.value === 1);
      assert.deepEqual(
        told.map((one) => Buffer.from(find(one, 5, 3, TEXT_INPUT, 8)?.bytes ?? []).toString()),
        ["typed"],
      );
      assert.equal(frame.page !== "", true);
    });

    test(`is never shown wrongly whatever happens to a message (Streamlit ${version})`, () => {
      const all = recorded(version);
      fc.assert(
        fc.property(
          fc.nat(all.length - 1),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
          fc.boolean(),
          (which, changes, isCut) => {
            let bytes = 0;
            const frame = new PageFrame(MAX, (change) => (bytes += change));
            for (const [index, { isFromPage, bytes: message }] of all.entries()) {
              let sent = Buffer.from(message);
              if (index === which) {
                for (const [at, value] of changes) sent[at % sent.length] = value;
                if (isCut) sent = sent.subarray(0, (changes[0]?.[0] ?? 0) % sent.length);
              }
              if (isFromPage) frame.said(sent);
              else frame.heard(sent);
            }
            assert.equal(bytes, frame.bytes);
            assert.ok(bytes >= 0 && bytes <= MAX);
            const messages = lastFrame(frame)?.flat();
            if (messages !== undefined) assert.ok(pageOf(messages).isSure);
            joinedFrame(frame, { isNew: true, since: 0 });
          },
        ),
        { numRuns: 150 },
      );
    });
  }
});

test("bytes that are no message never throw, and there is no frame after them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isPage) => {
      const frame = framed(newSession("s", "r"), element([0, 0], "a"), finished("r"));
      if (isPage) frame.said(bytes);
      else frame.heard(bytes);
      lastFrame(frame);
      isAtFrame(frame, bytes);
    }),
    { numRuns: 2000 },
  );
  const frame = framed(newSession("s", "r"), element([0, 0], "a"), Buffer.from([0x2a, 0xff]));
  assert.equal(lastFrame(frame), undefined);
});

describe("the tree of a page", () => {
  test("loses what a run did not set once that has ended, and closes the gaps", () => {
    const frame = framed(
      newSession("s", "1"),
      block([0, 0]),
      element([0, 0, 0], "a"),
      element([0, 1], "b"),
      element([0, 2], "c"),
      finished("1"),
      newSession("s", "2"),
      element([0, 0], "d"),
    );
    assert.deepEqual(outline(frame), ["0.0 e1 d", "0.1 e1 b", "0.2 e1 c"]);
    frame.heard(finished("2"));
    assert.deepEqual(outline(frame), ["0.0 e1 d"]);
  });

  test("keeps everything when a run ends for another one", () => {
    const frame = framed(
      newSession("s", "1"),
      element([0, 0], "a"),
      element([0, 1], "b"),
      finished("1"),
      newSession("s", "2"),
      element([0, 0], "c"),
      finished("2", 2),
    );
    assert.deepEqual(outline(frame), ["0.0 e1 c", "0.1 e1 b"]);
    assert.ok(frame.running, "the other one is about to begin");
  });

  test("loses only what its fragment did not set when a fragment has run", () => {
    const frame = framed(
      newSession("s", "1"),
      element([0, 0], "outside"),
      block([0, 1]),
      element([0, 1, 0], "one", { fragment: "f" }),
      element([0, 1, 1], "two", { fragment: "f" }),
      finished("1"),
    );
    frame.heard(newSession("s", "2", ["f"]));
    frame.heard(element([0, 1, 0], "three", { fragment: "f" }));
    frame.heard(finished("2", 3, ["f"]));
    assert.ok(outline(frame).includes("0.0 e1 outside"));
    assert.ok(outline(frame).includes("0.1.0 e1 three"));
  });

  test("drops what is transient when the next run begins", () => {
    const frame = framed(
      newSession("s", "1"),
      element([0, 0], "a"),
      transient([0, 0], "busy"),
      transient([0, 1], "alone"),
    );
    assert.deepEqual(outline(frame), ["0.0 e1 a ~", "0.1 e0 ~"]);
    frame.heard(finished("1", 2));
    frame.heard(newSession("s", "2"));
    assert.deepEqual(outline(frame), ["0.0 e1 a"]);
  });

  test("an impossible place makes the frame unsure until the whole script has run once more", () => {
    const frame = framed(newSession("s", "1"), element([0, 3], "a"));
    assert.equal(lastFrame(frame), undefined);
    for (const message of [newSession("s", "2"), element([0, 0], "b")]) frame.heard(message);
    assert.equal(lastFrame(frame), undefined, "what an older run left is not known");
    frame.heard(finished("2"));
    assert.deepEqual(outline(pageOf(lastFrame(frame)?.flat())), ["0.0 e1 b"]);
  });

  test("a reference stands for the message with its hash, and an unknown one makes the frame unsure", () => {
    const known = framed(
      newSession("s", "1"),
      element([0, 0], "long", { hash: "h" }),
      reference([0, 1], "h"),
      finished("1"),
    );
    assert.deepEqual(outline(pageOf(lastFrame(known)?.flat())), ["0.0 e1 long", "0.1 e1 long"]);
    assert.equal(lastFrame(framed(newSession("s", "1"), reference([0, 0], "h"))), undefined);
  });

  test("a page over the bound gives no frame, and takes none of the room", () => {
    const frame = framed(newSession("s", "1"), element([0, 0], "x".repeat(MAX)), finished("1"));
    assert.equal(lastFrame(frame), undefined);
    assert.ok(frame.bytes < 1000);
  });

  test("an element that is replaced ten thousand times takes the room of one", () => {
    const frame = framed(newSession("s", "1"));
    for (let i = 0; i < 10_000; i++) frame.heard(element([0, 0], `${"x".repeat(1000)}${i}`));
    assert.ok(frame.isSure);
    assert.ok(frame.bytes < 3000, String(frame.bytes));
  });

  test("a long answer that streams, whose steps may all be named again by their hashes, is kept", () => {
    const frame = new PageFrame(2 * 1024 * 1024);
    frame.heard(newSession("s", "1"));
    for (let i = 0; i < 2000; i++) {
      const answer = `${"x".repeat(10_000)}${i}`;
      frame.heard(element([0, 0], answer, { hash: `h${i}` }));
    }
    assert.ok(frame.isSure);
    assert.ok(frame.bytes < 512 * 1024, String(frame.bytes));
    frame.heard(reference([0, 1], "h1999"));
    // A step of a moment ago is still known.
    frame.heard(reference([0, 2], "h1990"));
    frame.heard(finished("1"));
    assert.equal(outline(pageOf(lastFrame(frame)?.flat())).length, 3);
  });
});
