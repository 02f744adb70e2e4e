import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { isPersistError, peek, restore, state, type StateClass, update } from "../../src/index.ts";
import { afresh, newVisitor, session, store, storeAs } from "./schema-fixture.ts";

// What a schema makes of a value, and what a message may say about it.

async function messageOf(work: Promise<unknown>, code: Parameters<typeof isPersistError>[1]) {
  const error: unknown = await work.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.ok(isPersistError(error, code), String(error));
  return error.message;
}

const assign = async (shape: StateClass, values: object) =>
  await session.run(async () => void Object.assign(await restore(shape), values));

describe("a schema that makes another value", () => {
  test("is refused at the commit, with the path, and nothing is stored", async () => {
    const price = state(
      "values.price",
      z.object({
        cents: z
          .number()
          .default(0)
          .transform((n) => n * 100),
        tag: z.string().trim().default(""),
      }),
    );
    const both = await messageOf(
      assign(price, { cents: 5, tag: " secret " }),
      "ERR_SCHEMA_MISMATCH",
    );
    assert.match(
      both,
      /values\.price\.cents, values\.price\.tag\. Nothing of this state was stored/,
    );
    assert.ok(!both.includes("secret"));
    const failing = session.run(async () => await update(price, (draft) => void (draft.cents = 5)));
    assert.match(await messageOf(failing, "ERR_SCHEMA_MISMATCH"), /values\.price\.cents/);
    assert.deepEqual(await afresh(async () => ({ ...(await restore(price)) })), {
      cents: 0,
      tag: "",
    });
    await assign(price, { tag: "secret" });
    assert.equal(await afresh(async () => (await restore(price)).tag), "secret");
  });

  test("is refused at the commit if it works in place, too", async () => {
    const shape = state(
      "values.in-place",
      z.object({
        price: z
          .custom<{ cents: number }>(() => true)
          .transform((price) => Object.assign(price, { cents: price.cents * 100 }))
          .default({ cents: 0 }),
      }),
    );
    const failing = assign(shape, { price: { cents: 5 } });
    assert.match(await messageOf(failing, "ERR_SCHEMA_MISMATCH"), /values\.in-place\.price/);
    assert.deepEqual(await afresh(async () => (await peek(shape)).price), { cents: 0 });
  });

  test("is refused when it is defined, if its default shows it", () => {
    assert.throws(
      () =>
        state(
          "values.default",
          z.object({
            at: z
              .object({
                cents: z
                  .number()
                  .default(5)
                  .transform((n) => n * 100),
              })
              .prefault({}),
          }),
        ),
      (error) =>
        isPersistError(error, "ERR_SCHEMA_INVALID") &&
        /does not accept what it gives itself: values\.default\.at\.cents/.test(error.message),
    );
  });

  test("is refused when it reads what an older release stored, also with a migrate, and the record stays", async () => {
    const shape = () =>
      z.object({
        cents: z
          .number()
          .default(0)
          .transform((n) => n * 100),
      });
    const price = state("values.read", shape());
    await storeAs("values.read", { cents: 5 });
    for (const work of [restore, peek])
      assert.match(
        await messageOf(
          session.run(async () => await work(price)),
          "ERR_SCHEMA_MISMATCH",
        ),
        /other values.*values\.read\.cents/,
      );
    const migrated = state("values.migrated", shape(), {
      version: 2,
      migrate: () => ({ cents: 5 }),
    });
    await storeAs("values.migrated", { cents: 5 });
    await messageOf(
      session.run(async () => await restore(migrated)),
      "ERR_MIGRATE_FAILED",
    );
    for (const key of ["values.read", "values.migrated"]) {
      const { record } = await store.read(`b:${session.id}`, key);
      assert.equal(Buffer.from(record?.attributes.get("cents")?.bytes ?? []).toString(), "J5");
    }
  });

  test("may bring what is stored into a form that it then leaves as it is", async () => {
    const tag = state("values.trimmed", z.object({ tag: z.string().trim().default("") }));
    await storeAs("values.trimmed", { tag: "  x " });
    assert.equal(await session.run(async () => (await peek(tag)).tag), "x");
    assert.equal(await afresh(async () => (await restore(tag)).tag), "x");
  });
});

interface Profile {
  profile: { name: string };
  list: { id: number }[];
}

const stripping: Record<string, StateClass<Profile>> = {
  zod: state(
    "values.strip-zod",
    z.object({
      profile: z.object({ name: z.string() }).default({ name: "" }),
      list: z.array(z.object({ id: z.number() })).default([]),
    }),
  ),
  valibot: state(
    "values.strip-valibot",
    v.object({
      profile: v.optional(v.object({ name: v.string() }), { name: "" }),
      list: v.optional(v.array(v.object({ id: v.number() })), []),
    }),
  ),
  arktype: state(
    "values.strip-arktype",
    type({
      profile: type({ name: "string", "+": "delete" }).default(() => ({ name: "" })),
      list: type({ id: "number", "+": "delete" })
        .array()
        .default(() => []),
    }),
  ),
};

for (const [library, shape] of Object.entries(stripping)) {
  test(`${library}: a key deep inside that the schema drops is refused, and not named`, async () => {
    const failing = assign(shape, {
      profile: { name: "x", phone: "123" },
      list: [{ id: 1 }, { id: 2, qty: 5 }],
    });
    const message = await messageOf(failing, "ERR_SCHEMA_MISMATCH");
    const key = `values.strip-${library}`;
    assert.ok(message.includes(`${key}.profile.*, ${key}.list[1].*`), message);
    assert.deepEqual(await afresh(async () => (await peek(shape)).list), []);
    await assign(shape, { profile: { name: "x" }, list: [{ id: 1 }] });
    assert.deepEqual(await afresh(async () => (await peek(shape)).profile), { name: "x" });
  });
}

test("what only looks different is stored: order of keys, undefined, one object twice, Date, Map, Set", async () => {
  const item = z.object({ id: z.number(), name: z.string().optional() });
  const shape = state(
    "values.same",
    z.object({
      items: z.array(item).default([]),
      first: item.optional(),
      at: z.date().optional(),
      by: z.map(z.string(), item).optional(),
      tags: z.set(z.string()).optional(),
      free: z.record(z.string(), z.unknown()).default({}),
    }),
  );
  const one = { name: "a", id: 1 };
  await assign(shape, {
    items: [one, { name: undefined, id: 2 }],
    first: one,
    at: new Date(5),
    by: new Map([["b", one]]),
    tags: new Set(["t"]),
    free: { b: [NaN, -0, 10n], a: undefined },
  });
  const seen = await afresh(async () => ({ ...(await restore(shape)) }));
  assert.deepEqual(
    seen.items.map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual([seen.at, seen.tags], [new Date(5), new Set(["t"])]);
  assert.deepEqual(seen.by?.get("b"), one);
  assert.deepEqual(seen.free["b"], [NaN, -0, 10n]);
});

test("what the schema would complete at the next read must be assigned: a random default would be another one in each process", async () => {
  const shape = state(
    "values.completed",
    z.object({
      items: z.array(z.object({ id: z.string().default(() => randomUUID()) })).default([]),
    }),
  );
  const message = await messageOf(assign(shape, { items: [{}] }), "ERR_SCHEMA_MISMATCH");
  assert.match(message, /values\.completed\.items\[0\]\.id/);
});

const MAIL = "alice.secret@example.com";

const books: Record<string, StateClass> = {
  zod: state(
    "values.book-zod",
    z.object({
      byMail: z.record(z.string(), z.object({ age: z.number() })).default({}),
      byNumber: z.map(z.number(), z.number()).default(() => new Map()),
    }),
  ),
  valibot: state(
    "values.book-valibot",
    v.object({
      byMail: v.optional(v.record(v.string(), v.object({ age: v.number() })), {}),
      byNumber: v.optional(v.map(v.number(), v.number()), () => new Map()),
    }),
  ),
  arktype: state(
    "values.book-arktype",
    type({ byMail: type({ "[string]": { age: "number" } }).default(() => ({})) }),
  ),
};

for (const [library, book] of Object.entries(books)) {
  test(`${library}: a message names attributes, positions and declared keys, and no key of a record or Map`, async () => {
    const key = `values.book-${library}`;
    const ofRecord = await messageOf(
      assign(book, { byMail: { [MAIL]: { age: "no" } } }),
      "ERR_SCHEMA_MISMATCH",
    );
    assert.ok(!ofRecord.includes("alice"), ofRecord);
    assert.ok(ofRecord.includes(`${key}.byMail.*.age.`), ofRecord);
    // As another release has stored it.
    await storeAs(key, { byMail: { [MAIL]: 1, "12345678": { age: 1 }, "4": { age: "x" } } });
    for (const work of [restore, peek]) {
      const message = await messageOf(
        session.run(async () => await work(book)),
        "ERR_SCHEMA_MISMATCH",
      );
      assert.ok(!/alice|1234|\[4\]|\.4/.test(message), message);
      assert.ok(message.includes(`${key}.byMail.*`), message);
    }
    if (library === "arktype") return;
    await newVisitor();
    const ofMap = await messageOf(
      assign(book, { byNumber: new Map([[12_345_678, "no"]]) }),
      "ERR_SCHEMA_MISMATCH",
    );
    assert.ok(ofMap.includes(`${key}.byNumber`) && !ofMap.includes("1234"), ofMap);
  });
}
