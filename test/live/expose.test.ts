import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import * as v from "valibot";
import { type } from "arktype";
import { createSessions, persist, state, type StateClass } from "../../src/index.ts";
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

const Nested = z.object({ qty: z.number() });
const withSchema: Record<string, StateClass> = {
  zod: state(
    "live.exposed.zod",
    z.object({ items: z.array(Nested).default([]), note: z.string().optional() }),
  ),
  "zod that refuses other keys": state(
    "live.exposed.strict",
    z.strictObject({ items: z.array(Nested).default([]), note: z.string().optional() }),
  ),
  valibot: state(
    "live.exposed.valibot",
    v.object({ items: v.optional(v.array(v.string()), []), note: v.optional(v.string()) }),
  ),
  arktype: state(
    "live.exposed.arktype",
    type({ items: type("string[]").default(() => []), "note?": "string", "+": "delete" }),
  ),
};
for (const [name, stateClass] of Object.entries(withSchema)) {
  test(`an attribute that a schema of ${name} does not have cannot be exposed, and one without a default can`, () => {
    const call = (names: string[]) => expose(stateClass, names as never[]);
    assert.throws(() => call(["items", "itmes"]), {
      code: "ERR_OPTION_INVALID",
      message: /"itmes" is no attribute/,
    });
    assert.deepEqual(call(["items", "note"]).attributes, ["items", "note"]);
  });
}

const open: Record<string, StateClass> = {
  "a loose object": state("live.exposed.loose", z.looseObject({ items: z.string().default("") })),
  "a catchall": state(
    "live.exposed.catchall",
    z.object({ items: z.string().default("") }).catchall(z.number()),
  ),
  "a record": state("live.exposed.record", z.record(z.string(), z.number())),
};
for (const [name, stateClass] of Object.entries(open)) {
  test(`any attribute of ${name} can be exposed`, () => {
    assert.deepEqual(expose(stateClass, ["other"] as never[]).attributes, ["other"]);
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
