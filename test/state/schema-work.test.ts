import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { currentSession, peek, restore, state } from "../../src/index.ts";
import { afresh, newVisitor, session, storeAs } from "./schema-fixture.ts";

// How often a schema is asked: it takes more time than all the rest of a read.

test("a record that has all attributes needs no defaults, and one that lacks any gets them", async () => {
  let asked = 0;
  const shape = state(
    "work.defaults",
    z.object({
      id: z.string().default(() => `made ${++asked}`),
      list: z.array(z.number()).default([]),
      note: z.string().optional(),
    }),
  );
  const id = await session.run(async () => {
    const made = await restore(shape);
    made.list.push(1);
    return made.id;
  });
  const before = asked;
  for (const run of [session.run.bind(session), afresh]) {
    assert.equal(await run(async () => (await restore(shape)).id), id);
    assert.deepEqual(await run(async () => ({ ...(await peek(shape)) })), { id, list: [1] });
  }
  assert.equal(asked, before);
  // As a release without that attribute has stored it.
  await newVisitor();
  await storeAs("work.defaults", { list: [2] });
  for (const give of [restore, peek]) {
    const made: unknown = await session.run(async () => ({ ...(await give(shape)) }));
    assert.deepEqual(made, { id: `made ${asked}`, list: [2] });
  }
});

test("attributes keep the schema's order, whatever order they were stored in", async () => {
  const shape = state(
    "work.order",
    z.object({
      a: z.number().default(1),
      b: z.number().default(2),
      c: z.number().optional(),
      d: z.number().default(4),
    }),
  );
  await session.run(async () => {
    const made = await restore(shape);
    made.c = 3;
    made.d = 5;
  });
  for (const run of [session.run.bind(session), afresh]) {
    for (const give of [restore, peek]) {
      const keys = await run(async () => Object.keys(await give(shape)));
      assert.deepEqual(keys, ["a", "b", "d", "c"]);
    }
  }
});

test("defaults by a function may have another attribute each time, and a function among them is made anew", async () => {
  let more: Record<string, number> = {};
  const open = state("work.open", z.record(z.string(), z.number()), {
    defaults: () => ({ first: 1, ...more }),
  });
  await session.run(async () => void ((await restore(open))["first"] = 2));
  more = { second: 2 };
  for (const give of [restore, peek])
    assert.deepEqual(await session.run(async () => ({ ...(await give(open)) })), {
      first: 2,
      second: 2,
    });

  let made = 0;
  const acting = state(
    "work.acting",
    z.object({
      count: z.number().default(0),
      act: z.custom<() => number>().default(() => {
        const number = ++made;
        return () => number;
      }),
    }),
  );
  const act = async () =>
    await session.run(async () => {
      const { act: own, count } = await restore(acting);
      return [count, own()];
    });
  await session.run(async () => void ((await restore(acting)).count = 7));
  const [[, first], [count, second]] = [await act(), await act()] as [number[], number[]];
  assert.deepEqual([count, second], [7, (first as number) + 1]);
});

test("clearAttribute() gives a default that is made anew, until it is stored", async () => {
  let made = 0;
  const shape = state(
    "work.cleared",
    z.object({ id: z.string().default(() => `made ${++made}`), count: z.number().default(0) }),
  );
  const look = async () => await session.run(async () => (await restore(shape)).id);
  await session.run(async () => void ((await restore(shape)).count = 1));
  await session.run(async () => await currentSession().clearAttribute(shape, "id"));
  const [first, second] = [await look(), await look()];
  assert.notEqual(first, second);
  await session.run(async () => void ((await restore(shape)).id = "stored"));
  assert.deepEqual([await look(), await look()], ["stored", "stored"]);
});

test("what this process has checked and stored is not checked again when it is read; what another has stored is", async () => {
  let checked = 0;
  const shape = state(
    "work.checked",
    z.object({
      size: z
        .number()
        .default(0)
        .refine((size) => {
          checked++;
          return size < 100;
        }),
      tag: z.string().default(""),
    }),
  );
  const read = async () => ({ ...(await restore(shape)) });
  await session.run(async () => void ((await restore(shape)).size = 1));
  await session.run(async () => void ((await restore(shape)).size = 2));
  let before = checked;
  assert.deepEqual(await session.run(read), { size: 2, tag: "" });
  assert.equal(checked, before);
  assert.deepEqual(await afresh(read), { size: 2, tag: "" });
  assert.ok(checked > before, "another process has not checked it");

  await storeAs("work.checked", { tag: "other" });
  before = checked;
  assert.deepEqual(await session.run(read), { size: 2, tag: "other" });
  assert.ok(checked > before, "another process has written it");

  // It comes between the read and the commit, which merge.
  await session.run(async () => {
    const mine = await restore(shape);
    await storeAs("work.checked", { size: 500 });
    mine.tag = "mine";
  });
  await assert.rejects(session.run(read), { code: "ERR_SCHEMA_MISMATCH" });
});
