import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { RecordChange } from "../../src/store/store.ts";
import { create, newOwner, until } from "../../src/testing/contract/fixture.ts";
import { postgres } from "./server/engines.ts";
import { testWatch } from "./server/watch.ts";

const stage = testWatch(postgres);

test("watch() tells states by name when the name is too long for a message, and leaves owners alone that are not watched", async () => {
  const { server, writer } = stage;
  const store = await openPostgresStore({ url: server.url });
  const [owner, unwatched] = [`b:${"x".repeat(9000)}`, newOwner()];
  const told: RecordChange[] = [];
  await store.watch(owner, (change) => told.push(change));
  const states = ["größe".repeat(2000), "\ud800", "short"];
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const messages: unknown[] = [];
  client.on("notification", ({ payload }) => messages.push(payload));
  await client.query("LISTEN persist_session_public");
  await create(writer, unwatched, "app", { a: 1 });
  for (const state of states) {
    const { length } = told;
    await create(writer, owner, state, { a: 1 });
    await until("told", () => told.length > length);
  }
  assert.deepEqual(
    told,
    states.map((state) => ({ owner, state })),
  );
  await until("all messages", () => messages.length >= states.length);
  assert.equal(messages.length, states.length);
  await client.end();
  await store.close();
});
