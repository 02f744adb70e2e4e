import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  currentSession,
  isPersistError,
  peek,
  restore,
  type StandardSchema,
  state,
} from "../../src/index.ts";
import { afresh, refused, session, storeAs, storedAs, there } from "./schema-fixture.ts";

describe("what is stored", () => {
  test("a stored value that does not fit is an error that names the path, and stays as it is", async () => {
    const prefs = state(
      "schema.prefs",
      z.object({ size: z.number().default(1), tag: z.string().default("") }),
    );
    await storeAs("schema.prefs", { size: "secret", tag: "a" });
    const reading = session.run(async () => await restore(prefs));
    await assert.rejects(
      reading,
      refused("ERR_SCHEMA_MISMATCH", /schema\.prefs\.size.*Nothing was changed.*migrate/),
    );
    await reading.catch((error: unknown) => assert.ok(!String(error).includes("secret")));
    assert.equal((await storedAs("schema.prefs"))["size"], 'J"secret"');
    await assert.rejects(
      session.run(async () => await peek(prefs)),
      refused("ERR_SCHEMA_MISMATCH", /size/),
    );
    // The way out for one attribute.
    await session.run(async () => {
      await currentSession().clearAttribute(prefs, "size");
      assert.deepEqual({ ...(await restore(prefs)) }, { size: 1, tag: "a" });
    });
  });

  test("migrate brings what does not fit into shape, once, also without a new version", async () => {
    let runs = 0;
    const prefs = state("schema.migrated", z.object({ size: z.number().default(1) }), {
      migrate: (old) => {
        runs++;
        return { size: Number(old["size"]) };
      },
    });
    await storeAs("schema.migrated", { size: "12" });
    await session.run(async () => assert.equal((await restore(prefs)).size, 12));
    assert.equal(await there(async () => (await peek(prefs)).size), 12);
    assert.deepEqual([runs, await storedAs("schema.migrated")], [1, { size: "J12" }]);
  });

  test("a migrate whose result does not fit is ERR_MIGRATE_FAILED, with the path in its cause", async () => {
    const prefs = state("schema.bad-migrate", z.object({ size: z.number().default(1) }), {
      version: 2,
      migrate: () => ({ size: "no" as unknown as number }),
    });
    await storeAs("schema.bad-migrate", { size: 5 });
    const error = await session
      .run(async () => await restore(prefs))
      .catch((thrown: unknown) => thrown);
    assert.ok(isPersistError(error, "ERR_MIGRATE_FAILED"));
    assert.ok(refused("ERR_SCHEMA_MISMATCH", /size/)(error.cause));
    assert.deepEqual(await storedAs("schema.bad-migrate"), { size: "J5" });
  });

  test("new attributes and new fields deep inside get the schema's defaults; reading writes nothing", async () => {
    const cart = state(
      "schema.grown",
      z.object({
        items: z.array(z.object({ name: z.string(), qty: z.number().default(1) })).default([]),
        coupon: z.string().default("none"),
      }),
    );
    await storeAs("schema.grown", { items: [{ name: "tea" }] });
    await session.run(async () => {
      const mine = await restore(cart);
      assert.deepEqual(mine.items, [{ name: "tea", qty: 1 }]);
      assert.equal(mine.coupon, "none");
    });
    assert.deepEqual(await storedAs("schema.grown"), { items: 'J[{"name":"tea"}]' });
    await session.run(async () => void (await restore(cart)).items.push({ name: "milk", qty: 2 }));
    assert.match((await storedAs("schema.grown"))["items"] ?? "", /"name":"tea","qty":1/);
  });

  test("what a newer release stored besides stays stored, and is not shown", async () => {
    const old = state("schema.older", z.object({ size: z.number().default(1) }));
    await storeAs("schema.older", { size: 2, colour: "red" });
    await session.run(async () => {
      const mine = await restore(old);
      assert.deepEqual(Object.keys(mine), ["size"]);
      mine.size = 3;
    });
    assert.deepEqual(await storedAs("schema.older"), { size: "J3", colour: 'J"red"' });
  });

  for (const [library, older] of [
    ["zod", () => z.strictObject({ size: z.number().default(1) })],
    ["valibot", () => v.strictObject({ size: v.optional(v.number(), 1) })],
    ["arktype", () => type({ size: "number = 1", "+": "reject" })],
  ] as const)
    test(`the same if the older schema is strict, also beside a migrate (${library})`, async () => {
      let migrations = 0;
      const key = `schema.strict-${library}`;
      const old = state(key, older() as StandardSchema<{ size?: number }, { size: number }>, {
        migrate: () => ({ size: ++migrations }),
      });
      await storeAs(key, { size: 2, colour: "red" });
      await session.run(async () => {
        assert.deepEqual({ ...(await peek(old)) }, { size: 2 });
        const mine = await restore(old);
        assert.deepEqual(Object.keys(mine), ["size"]);
        mine.size = 3;
      });
      assert.deepEqual(await storedAs(key), { size: "J3", colour: 'J"red"' });
      await storeAs(key, { size: "no" });
      await session.run(async () => assert.equal((await restore(old)).size, 1));
      assert.equal(migrations, 1);
    });

  test("what was deleted is what a newer schema's default gives it", async () => {
    const key = "schema.deleted";
    await storeAs(key, { name: "Ann", size: 2 });
    await storeAs(key, {}, 1, ["name"]);
    const newer = state(
      key,
      z.object({ name: z.string().default("none"), size: z.number().default(1) }),
    );
    for (const run of [session.run.bind(session), there, afresh])
      await run(async () => {
        assert.deepEqual({ ...(await peek(newer)) }, { name: "none", size: 2 });
        assert.deepEqual({ ...(await restore(newer)) }, { name: "none", size: 2 });
      });
    await session.run(async () => void ((await restore(newer)).name = "Eve"));
    await session.run(async () => delete ((await restore(newer)) as { name?: string }).name);
    for (const run of [session.run.bind(session), there])
      assert.equal(await run(async () => (await restore(newer)).name), "none");
  });

  test("what a migration has left out begins with the schema's default if a later one has it again", async () => {
    await storeAs("schema.without", { size: 2, tags: ["a"] });
    const without = z.strictObject({ size: z.number().default(1) });
    const migrated = state("schema.without", without, {
      version: 2,
      migrate: ({ size }) => ({ size: Number(size) }),
    });
    for (const run of [session.run.bind(session), there])
      await run(async () => {
        assert.deepEqual({ ...(await peek(migrated)) }, { size: 2 });
        const mine = await restore(migrated);
        assert.deepEqual({ ...mine }, { size: 2 });
        mine.size = 2;
      });
    const left = { $default: null };
    assert.deepEqual(await storedAs("schema.without"), {
      size: "J2",
      tags: `J${JSON.stringify(left)}`,
    });
    await storeAs("schema.again", { size: 2, tags: left });
    const tags = z.array(z.string()).default(["new"]);
    const again = state("schema.again", without.extend({ tags }));
    for (const run of [session.run.bind(session), there])
      assert.deepEqual(await run(async () => (await restore(again)).tags), ["new"]);
  });

  test("an attribute that the schema drops is an error, and no silent loss", async () => {
    const prefs = state("schema.extra", z.object({ size: z.number().default(1) }));
    const failing = session.run(async () => {
      Object.assign(await restore(prefs), { colour: "red" });
    });
    await assert.rejects(failing, refused("ERR_SCHEMA_MISMATCH", /schema\.extra\.colour/));
  });

  test("a rule over several attributes holds at the commit", async () => {
    const span = state(
      "schema.span",
      z
        .object({ from: z.number(), to: z.number() })
        .refine(({ from, to }) => from <= to, { path: ["to"] }),
      { defaults: { from: 0, to: 0 } },
    );
    const failing = session.run(async () => void ((await restore(span)).from = 5));
    await assert.rejects(failing, refused("ERR_SCHEMA_MISMATCH", /schema\.span\.to/));
    await session.run(async () => Object.assign(await restore(span), { from: 5, to: 6 }));
    assert.deepEqual(await there(async () => ({ ...(await restore(span)) })), { from: 5, to: 6 });
  });

  test("Date, Map and Set hold their types over the store", async () => {
    const seen = state(
      "schema.rich",
      z.object({
        at: z.date().default(() => new Date(0)),
        tags: z.set(z.string()).default(new Set<string>()),
        by: z.map(z.string(), z.number()).default(() => new Map<string, number>()),
      }),
    );
    await session.run(async () => {
      const mine = await restore(seen);
      mine.at = new Date(5);
      mine.tags.add("a");
      mine.by.set("b", 1);
    });
    await there(async () => {
      const { at, tags, by } = await restore(seen);
      assert.deepEqual([at, tags, by], [new Date(5), new Set(["a"]), new Map([["b", 1]])]);
    });
  });

  test("a read of what this process knows already asks the schema no more, and a record is asked as a whole", async () => {
    let asked = 0;
    const counted: StandardSchema<{ a?: string[] }, { a: string[] }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate(value) {
          const { a } = value as { a?: string[] };
          if (a !== undefined && a.length > 0) asked++;
          return { value: { a: a ?? [] } };
        },
      },
    };
    const known = state("schema.counted", counted);
    await storeAs("schema.counted", { a: ["x"] });
    for (let visit = 0; visit < 3; visit++)
      await session.run(async () => assert.deepEqual((await restore(known)).a, ["x"]));
    assert.equal(asked, 1);
  });
});
