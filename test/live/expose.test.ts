import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createSessions, persist } from "../../src/index.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { cookieFor, SECRET } from "./visitor.ts";

@persist("live.exposed", { transient: ["draft"] })
class Doc {
  text = "";
  when = new Map([["start", new Date(0)]]);
  hidden = 0;
  draft = "";

  get length(): number {
    return this.text.length;
  }
}

const sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
after(async () => await sessions.close());

const mistakes: [string, () => unknown, RegExp][] = [
  ["no attribute", () => expose(Doc, []), /needs a list of the attributes/],
  ["a transient attribute", () => expose(Doc, ["draft"]), /"draft" is transient/],
  ["an accessor", () => expose(Doc, ["length"]), /"length" is no attribute/],
  ["no state", () => liveEvents([]), /expose\(/],
  [
    "a state twice",
    () => liveEvents([expose(Doc, ["text"]), expose(Doc, ["when"])]),
    /"live\.exposed" twice/,
  ],
  [
    "a heartbeat of nothing",
    () => liveEvents([expose(Doc, ["text"])], { heartbeat: 0 }),
    /heartbeat must be/,
  ],
  [
    "no room for anyone",
    () => liveEvents([expose(Doc, ["text"])], { maxSubscribers: 0.5 }),
    /maxSubscribers must be/,
  ],
];
for (const [name, call, message] of mistakes) {
  test(`liveEvents() refuses ${name}`, () => {
    assert.throws(call, { code: "ERR_OPTION_INVALID", message });
  });
}

test("a class that is not persisted cannot be exposed", () => {
  class Plain {
    text = "";
  }
  assert.throws(() => expose(Plain, ["text"]), { code: "ERR_NOT_PERSISTED" });
});

test("liveEvents() says what it must be called with", async () => {
  await assert.rejects(liveEvents([expose(Doc, ["text"])])(), {
    code: "ERR_OPTION_INVALID",
    message: /GET route/,
  });
});

test("expose() picks the value of the first paint", async () => {
  const { session } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const view = expose(Doc, ["text"]);
  assert.deepEqual(view.pick(await session.run(async () => await session.peek(Doc))), {
    text: "a",
  });
});
