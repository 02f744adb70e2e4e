import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { peek, persist, restore, state, update } from "../../src/index.ts";
import { refused, session, sessions, there } from "./schema-fixture.ts";

describe("definitions", () => {
  test("a schema with async checks is refused at once, and at the commit where only then they run", async () => {
    const slow = z.object({
      name: z
        .string()
        .default("")
        .refine(async () => true),
    });
    assert.throws(
      () => state("schema.async", slow),
      refused("ERR_SCHEMA_ASYNC", /async checks.*Take them out/),
    );
    const later = state("schema.async-later", {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          (value as { name?: string }).name === "late"
            ? Promise.resolve({ value: { name: "late" } })
            : { value: { name: "" } },
        types: undefined as { input: { name?: string }; output: { name: string } } | undefined,
      },
    });
    const failing = session.run(async () => void ((await restore(later)).name = "late"));
    await assert.rejects(failing, refused("ERR_SCHEMA_ASYNC", /schema\.async-later/));
  });

  test("a new state without a value is refused at once, with its places; defaults give it", async () => {
    const shape = z.object({ name: z.string(), size: z.object({ x: z.number() }) });
    assert.throws(
      // @ts-expect-error -- the schema has no default for these, so defaults are required
      () => state("schema.missing", shape),
      refused("ERR_SCHEMA_DEFAULTS", /schema\.missing\.name, schema\.missing\.size.*defaults/),
    );
    const given = { name: "a", size: { x: 1 } };
    const shaped = state("schema.given", shape, { defaults: given });
    await session.run(async () => {
      const mine = await restore(shaped);
      assert.deepEqual({ ...mine }, given);
      mine.size.x = 9;
    });
    assert.equal(given.size.x, 1);
    const other = await sessions.open();
    assert.equal(await other.run(async () => (await restore(shaped)).size.x), 1);
  });

  test("a default that is made anew stays as the first commit stored it", async () => {
    let next = 0;
    const ticket = state(
      "schema.ticket",
      z.object({ id: z.number().default(() => ++next), seen: z.number().default(0) }),
    );
    const id = await session.run(async () => {
      const mine = await restore(ticket);
      mine.seen = 1;
      return mine.id;
    });
    assert.equal(await there(async () => (await restore(ticket)).id), id);
  });

  test("a schema that is no Standard Schema, that gives no object, or does not accept what it gives is refused at once", () => {
    for (const schema of [undefined, null, {}, z.string, { "~standard": { version: 2 } }])
      assert.throws(
        () => state("schema.none", schema as never, {} as never),
        refused("ERR_SCHEMA_INVALID", /Standard Schema/),
      );
    assert.throws(
      // @ts-expect-error -- an array has no attributes
      () => state("schema.list", z.array(z.string()), { defaults: [] }),
      refused("ERR_SCHEMA_INVALID", /no object of attributes/),
    );
    assert.throws(
      () => state("schema.transform", z.object({ n: z.string().default("1").transform(Number) })),
      refused("ERR_SCHEMA_INVALID", /does not accept what it gives itself: schema\.transform\.n/),
    );
    assert.throws(
      () => state("schema.option", z.object({}), { transient: ["a"] } as never),
      refused("ERR_OPTION_INVALID", /"transient" is not an option/),
    );
    assert.throws(() => state("", z.object({})), refused("ERR_KEY_INVALID", /app-state/));
  });

  test("a key belongs to one shape; a second copy of the module takes it over, a class does not", () => {
    const make = () => state("schema.copy", z.object({ a: z.number().default(1) }));
    const [first, second] = [make(), make()];
    assert.notEqual(first, second);
    assert.throws(
      () => state("schema.copy", z.object({ b: z.number().default(1) })),
      refused(
        "ERR_KEY_TAKEN",
        /^There are two state\("schema\.copy", …\), and they differ in their attributes \(only the first has a; only the second has b\)\. .*state\("schema\.copy-2", …\)\.$/,
      ),
    );
  });

  test("ERR_KEY_TAKEN says what two states of one key differ in, and which of two is a class", () => {
    const one = z.object({ a: z.number().default(1), b: z.number().default(2) });
    state("schema.differs", one);
    const more = one.extend({ c: z.number().default(3) });
    const turned = z.object({ b: z.number().default(2), a: z.number().default(1) });
    for (const [make, said] of [
      [() => state("schema.differs", more), /in their attributes \(only the second has c\)\. If/],
      [() => state("schema.differs", turned), /in the order of their attributes\. If/],
      [
        () =>
          state("schema.differs", one, { version: 2, migrate: (old) => old as never, ttl: "1d" }),
        /in the options version, ttl\. If/,
      ],
      [
        () => state("schema.differs", more, { owner: "user" }),
        /in their attributes \(only the second has c\) and in the options owner\. If/,
      ],
      [
        () => persist("schema.differs", class Rows {}),
        /key "schema\.differs" of class Rows is taken by a state\("schema\.differs", …\)/,
      ],
    ] as const)
      assert.throws(make, refused("ERR_KEY_TAKEN", said));
    persist("schema.class-first", class Rows {});
    assert.throws(
      () => state("schema.class-first", one),
      refused("ERR_KEY_TAKEN", /of state\("schema\.class-first", …\) is taken by class Rows/),
    );
  });

  test("a schema without its state, and other things that are no state, are refused with what to give", async () => {
    const schema = z.object({ a: z.number().default(1) });
    const callable = Object.assign(() => {}, { "~standard": schema["~standard"] });
    const instance = new (state("schema.instance", schema))();
    for (const [given, said] of [
      [schema, /^A schema was given.*state\("a-key", schema\)/],
      [callable, /^A schema was given/],
      [instance, /^A persisted class or a state is asked for, and object was given/],
      [undefined, /undefined was given.*import each other/],
      [null, /null was given/],
      ["cart", /string was given/],
      [class Plain {}, /^Plain is not a persisted class/],
    ] as const)
      await session.run(async () => {
        for (const call of [restore, peek, async (state: never) => await update(state, () => {})])
          await assert.rejects(call(given as never), refused("ERR_NOT_PERSISTED", said));
      });
  });

  test("types: what the schema gives is what restore() and update() have, and options are held to it", async () => {
    const typed = state("schema.typed", z.object({ n: z.number().default(0) }), {
      version: 2,
      // @ts-expect-error -- migrate must give what the schema takes
      migrate: () => ({ n: "1" }),
    });
    await session.run(async () => {
      const mine = await restore(typed);
      mine.n satisfies number;
      // @ts-expect-error -- no such attribute
      void mine.missing;
      // @ts-expect-error -- n is a number
      await update(typed, (draft) => void (draft.n = "1")).catch(() => {});
      const seen = await peek(typed);
      assert.throws(() => {
        // @ts-expect-error -- what peek() gives is only for reading
        seen.n = 1;
      }, TypeError);
    });
  });
});
