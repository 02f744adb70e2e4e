import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  clear,
  createSessions,
  currentSession,
  isPersistError,
  peek,
  restore,
  type Session,
  type StandardSchema,
  state,
  type StateClass,
  update,
  watch,
} from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { until } from "../support/until.ts";

interface Cart {
  items: { name: string; qty: number }[];
  note?: string | undefined;
}

/** The same state in three libraries. */
const carts: Record<string, StateClass<Cart>> = {
  zod: state(
    "schema.zod",
    z.object({
      items: z.array(z.object({ name: z.string(), qty: z.number().min(1) })).default([]),
      note: z.string().optional(),
    }),
  ),
  valibot: state(
    "schema.valibot",
    v.object({
      items: v.optional(
        v.array(v.object({ name: v.string(), qty: v.pipe(v.number(), v.minValue(1)) })),
        [],
      ),
      note: v.optional(v.string()),
    }),
  ),
  arktype: state(
    "schema.arktype",
    type({
      items: type({ name: "string", qty: "number >= 1" })
        .array()
        .default(() => []),
      "note?": "string",
    }),
  ),
};

const store = memoryStore();
const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
// Two processes as far as a record is concerned: each has its own cache.
const [sessions, elsewhere] = [0, 1].map(() =>
  createSessions({ store, secret: SECRET, encrypt: false, sweepInterval: false, log: () => {} }),
) as [ReturnType<typeof createSessions>, ReturnType<typeof createSessions>];

let session: Session;
beforeEach(async () => {
  session = await sessions.open();
});

/** Another process's view of the same browser. */
async function there<T>(work: () => Promise<T>): Promise<T> {
  const visitor = await elsewhere.open(session.token);
  return await visitor.run(work);
}

const refused =
  (code: Parameters<typeof isPersistError>[1], message: RegExp) =>
  (error: unknown): boolean =>
    isPersistError(error, code) && message.test(error.message);

for (const [library, cart] of Object.entries(carts)) {
  describe(`state() with ${library}`, () => {
    test("a state is a plain object with the schema's defaults, which no two sessions share", async () => {
      await session.run(async () => {
        const mine = await restore(cart);
        assert.deepEqual({ ...mine }, { items: [] });
        assert.equal(Object.getPrototypeOf(mine), Object.prototype);
        mine.items.push({ name: "tea", qty: 1 });
      });
      const other = await sessions.open();
      assert.deepEqual(await other.run(async () => [...(await restore(cart)).items]), []);
    });

    test("restore, update, peek, watch and clear work as for classes, in two processes", async () => {
      const heard: number[] = [];
      await session.run(async () => {
        (await restore(cart)).items.push({ name: "tea", qty: 1 });
        await currentSession().commit();
      });
      const stop = await session.run(
        async () => await watch(cart, ({ items }) => heard.push(items.length)),
      );
      await there(async () => {
        await update(cart, (draft) => void draft.items.push({ name: "milk", qty: 2 }));
        const seen = await peek(cart);
        assert.deepEqual(
          seen.items.map(({ name }) => name),
          ["tea", "milk"],
        );
        assert.throws(() => (seen.items as unknown[]).push(1), TypeError);
      });
      await until("the watch has told", () => heard.includes(2));
      stop();
      await session.run(async () => {
        assert.equal((await restore(cart)).items[1]?.qty, 2);
        await clear(cart);
      });
      assert.deepEqual(await there(async () => [...(await restore(cart)).items]), []);
    });

    test("a change that does not fit is ERR_SCHEMA_MISMATCH with its path at the commit, without the value, and nothing is stored", async () => {
      const failing = session.run(async () => {
        const mine = await restore(cart);
        mine.note = "kept?";
        mine.items.push({ name: "tea", qty: "secret" as unknown as number });
      });
      await assert.rejects(
        failing,
        refused("ERR_SCHEMA_MISMATCH", new RegExp(`schema\\.${library}\\.items\\[0\\]\\.qty`)),
      );
      await failing.catch((error: unknown) => assert.ok(!String(error).includes("secret")));
      await there(async () => assert.deepEqual({ ...(await restore(cart)) }, { items: [] }));
    });

    test("a commit after the mistake was mended stores it; an update that does not fit writes nothing", async () => {
      await session.run(async () => {
        const mine = await restore(cart);
        mine.items.push({ name: "tea", qty: 0 });
        await assert.rejects(currentSession().commit(), refused("ERR_SCHEMA_MISMATCH", /qty/));
        (mine.items[0] as { qty: number }).qty = 1;
      });
      await there(async () => {
        const bad = update(cart, (draft) => void draft.items.push({ name: "x", qty: -1 }));
        await assert.rejects(bad, refused("ERR_SCHEMA_MISMATCH", /items\[1\]/));
        assert.equal((await restore(cart)).items.length, 1);
      });
    });
  });
}

/** Stores attributes as another release would, under a key. */
async function storeAs(key: string, attributes: Record<string, unknown>, version = 1) {
  const bytes = Object.entries(attributes).map(
    ([name, value]) => [name, Buffer.from(`J${JSON.stringify(value)}`)] as const,
  );
  const owner = `b:${session.id}`;
  const { epoch } = await store.read(owner, key);
  await store.write(
    owner,
    [{ state: key, epoch, set: new Map(bytes), schema: version, base: "absent" }],
    { commitId: randomUUID(), expiresAt: Date.now() + 60_000 },
  );
}

async function storedAs(key: string): Promise<Record<string, string>> {
  const { record } = await store.read(`b:${session.id}`, key);
  const shown = [...(record?.attributes ?? [])].map(
    ([name, { bytes }]) => [name, Buffer.from(bytes ?? []).toString()] as const,
  );
  return Object.fromEntries(shown);
}

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

  test("a schema that is none, that gives no object, or does not accept what it gives is refused at once", () => {
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
      refused("ERR_KEY_TAKEN", /schema\.copy/),
    );
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
