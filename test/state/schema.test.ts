import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  clear,
  currentSession,
  peek,
  restore,
  state,
  type StateClass,
  update,
  watch,
} from "../../src/index.ts";
import { until } from "../support/until.ts";
import { refused, session, sessions, there } from "./schema-fixture.ts";

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
