import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { createSessions, isPersistError, peek, restore, state } from "../../src/index.ts";
import { isShortPrimitive } from "../../src/state/attribute-bytes.ts";
import { memoryStore } from "../../src/store/memory.ts";

const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
const options = {
  store: memoryStore(),
  secret: SECRET,
  sweepInterval: false,
  log: () => {},
} as const;

test("if one attribute cannot be stored, nothing of a schema's state is: its attributes may belong together", async () => {
  const sessions = createSessions({ ...options, limits: { attribute: 100 } });
  const pair = state(
    "parts.pair",
    z
      .object({ lines: z.array(z.string()).default([]), count: z.number().default(0) })
      .refine(({ lines, count }) => lines.length === count, { path: ["count"] }),
  );
  const session = await sessions.open();
  await session.run(async () => {
    const it = await restore(pair);
    it.lines.push("a");
    it.count = 1;
  });
  const failing = session.run(async () => {
    const it = await restore(pair);
    it.lines.push("b".repeat(200));
    it.count = 2;
  });
  await assert.rejects(failing, (error) => isPersistError(error, "ERR_ATTRIBUTE_TOO_LARGE"));
  for (const process of [sessions, createSessions(options)]) {
    const there = await process.open(session.token);
    const seen = await there.run(async () => ({ ...(await peek(pair)) }));
    assert.deepEqual(seen, { lines: ["a"], count: 1 });
  }
});

test("a schema that is edited and edited back in development shows all that is stored", async () => {
  const { NODE_ENV } = process.env;
  after(() => {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
  });
  process.env["NODE_ENV"] = "development";
  const sessions = createSessions(options);
  const whole = () =>
    state("parts.cart", z.object({ n: z.number().default(0), note: z.string().default("") }));
  const before = whole();
  const session = await sessions.open();
  await session.run(async () => void Object.assign(await restore(before), { n: 1, note: "kept" }));
  const edited = state("parts.cart", z.object({ n: z.number().default(0) }));
  const second = await sessions.open(session.token);
  await second.run(async () => assert.equal((await restore(edited)).n, 1));
  const back = whole();
  const third = await sessions.open(session.token);
  await third.run(async () => {
    const it = await restore(back);
    assert.equal(it.note, "kept");
    it.n = 2;
  });
  const there = await createSessions(options).open(session.token);
  assert.deepEqual(await there.run(async () => ({ ...(await peek(back)) })), {
    n: 2,
    note: "kept",
  });
});

test("only a text, a number, a boolean or null is shared by all who restore one version", () => {
  for (const json of ['"a"', "0", "-1.5", "true", "false", "null"])
    assert.equal(isShortPrimitive(Buffer.from(`J${json}`)), true, json);
  for (const json of ["[1]", "{}", " [1]", '\n{"a":1}', "\t[]", `"${"a".repeat(100)}"`])
    assert.equal(isShortPrimitive(Buffer.from(`J${json}`)), false, json);
  assert.equal(isShortPrimitive(Buffer.from("S1")), false);
});
