import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { find, lengthField, varintField } from "../../../src/gateway/frame/wire.ts";
import { isAtFrame, joinedFrame, lastFrame } from "../../../src/gateway/frame/replay.ts";
import {
  block,
  element,
  finished,
  newSession,
  rerun,
  TEXT_INPUT,
  textInput,
} from "./run-messages.ts";
import { outline, framed, pageOf, toldText } from "./frames.ts";

const CHAT_INPUT = 49;

describe("the widgets of a frame", () => {
  const page = [newSession("s", "1"), element([0, 0], textInput("w"), { kind: TEXT_INPUT })];

  test("show what the page said last", () => {
    const frame = framed(...page, finished("1"));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), undefined);
    frame.said(rerun({ typed: { w: "typed" } }));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), "typed");
  });

  test("show what the script has set since, also when a later run does not say it again", () => {
    const frame = framed(...page);
    frame.said(rerun({ typed: { w: "typed" } }));
    frame.heard(newSession("s", "2"));
    frame.heard(element([0, 0], textInput("w", "set"), { kind: TEXT_INPUT }));
    frame.heard(finished("2"));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), "set");
    frame.heard(newSession("s", "3"));
    frame.heard(element([0, 0], textInput("w"), { kind: TEXT_INPUT }));
    frame.heard(finished("3"));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), "set");
  });

  test("are there if the script has set their values in the run before", () => {
    const input = element([0, 0], textInput("w", "set"), { kind: TEXT_INPUT, isOneShot: true });
    const frame = framed(newSession("s", "1"), input, finished("1"));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), "set");
  });

  test("a chat input shows what the script has put into it until it is sent", () => {
    const said = [lengthField(1, Buffer.from("chat")), lengthField(5, Buffer.from("put"))];
    const body = Buffer.concat([...said, varintField(6, 1)]);
    const frame = framed(
      newSession("s", "1"),
      element([0, 0], body, { kind: CHAT_INPUT }),
      finished("1"),
    );
    const isPut = (): boolean =>
      lastFrame(frame)!
        .flat()
        .some((one) => find(one, 5, 3, CHAT_INPUT, 6)?.value === 1);
    assert.equal(isPut(), true);
    const sent = lengthField(
      1,
      Buffer.concat([said[0]!, lengthField(15, Buffer.from([10, 1, 65]))]),
    );
    frame.said(lengthField(11, lengthField(2, sent)));
    assert.equal(isPut(), false);
  });

  test("keep their defaults in a form that is emptied when it is sent", () => {
    const form = Buffer.from([0x0a, 1, 0x66, 0x10, 1]);
    const frame = framed(
      newSession("s", "1"),
      block([0, 0], 5, form),
      element([0, 0, 0], textInput("w"), { kind: TEXT_INPUT }),
    );
    frame.said(rerun({ typed: { w: "typed" } }));
    assert.equal(toldText(lastFrame(frame)?.flat(), "w"), undefined);
  });
});

describe("a page gets its frame", () => {
  const frame = framed(newSession("s", "1"), element([0, 0], "a"), finished("1"));
  frame.said(rerun({ query: "a=1" }));

  for (const [name, asked, is] of [
    ["with the same query", rerun({ query: "a=1" }), true],
    ["with another query", rerun({ query: "a=2" }), false],
    ["on another page of the app", rerun({ query: "a=1", pageName: "second" }), false],
    ["that knows its widgets", rerun({ query: "a=1", typed: { w: "x" } }), false],
    ["that says nothing to the point", Buffer.from([0x38, 1]), false],
  ] as const)
    test(`${name}: ${is ? "yes" : "no"}`, () => assert.equal(isAtFrame(frame, asked), is));
});

describe("a page that joins a run", () => {
  test("gets what older runs left as stale, and what the run has set as its own", () => {
    const frame = framed(
      newSession("s", "1"),
      element([0, 0], "a"),
      element([0, 1], "b"),
      finished("1"),
      newSession("s", "2"),
      element([0, 0], "c"),
    );
    const joined = pageOf(joinedFrame(frame, { isNew: true, since: 0 })?.flat());
    assert.deepEqual(outline(joined), ["0.0 e1 c", "0.1 e1 b"]);
    joined.heard(finished("2"));
    assert.deepEqual(outline(joined), ["0.0 e1 c"]);
  });
});
