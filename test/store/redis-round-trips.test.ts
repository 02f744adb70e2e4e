import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  inAnHour,
  newOwner,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import { redis } from "./server/engines.ts";
import { testRoundTrips } from "./server/round-trips.ts";

// Each script is sent once as text; afterwards by its hash.
const stage = testRoundTrips(redis, async (store) => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) });
  await store.touch(owner, inAnHour() + 1000);
  await store.owner(owner);
  await store.clear(owner, { commitId: "c", until: inAnHour() });
});

test("many calls at once share the round trips of one connection", async () => {
  const { proxy, store } = stage;
  const owners = Array.from({ length: 100 }, newOwner);
  proxy.count();
  await Promise.all(owners.map((owner) => store.read(owner, "app")));
  const { trips } = proxy.count();
  assert.ok(trips <= 20, `${trips} round trips for 100 reads`);
  assert.equal(proxy.connections, 1);
});
