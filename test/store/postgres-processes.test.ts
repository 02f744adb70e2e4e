import assert from "node:assert/strict";
import { test } from "node:test";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { create, newOwner } from "../../src/testing/contract/fixture.ts";
import { postgres } from "./server/engines.ts";
import { testProcesses } from "./server/processes.ts";

const stage = testProcesses(
  postgres,
  ["a URL", "a pool", "a client", "a URL"],
  ["a URL", "a URL", "a pool"],
);

test("openPostgresStore() makes the tables once when many open at the same time", async () => {
  const url = await stage.server.newDatabase();
  const stores = await Promise.all(Array.from({ length: 12 }, () => openPostgresStore({ url })));
  const owner = newOwner();
  await Promise.all(stores.map((store, i) => create(store, owner, `state${i}`, { i })));
  for (const store of stores) {
    assert.equal((await store.owner(owner)).states.length, stores.length);
    await store.close();
  }
});
