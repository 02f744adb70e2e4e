import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { create, newOwner, values, writeOne } from "../../src/testing/contract/fixture.ts";
import { startScript } from "./fixtures/script.ts";
import { redis } from "./server/engines.ts";
import { testFaults } from "./server/faults.ts";

const stage = testFaults(redis);

test("every call goes on when the server has forgotten its scripts", async () => {
  const { server, store } = stage;
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  const calls = [
    () => writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) }),
    () => store.read(owner, "app"),
    () => store.touch(owner, Date.now() + 1e8),
    () => store.owner(owner),
    () => store.clear(owner, { commitId: "c", until: Date.now() + 1e8 }),
  ];
  for (const call of calls) {
    await server.ask("SCRIPT", "FLUSH");
    await call();
  }
});

test("close() also ends a connection for changes that is still on its way, so that the process can end", async () => {
  await stage.kill();
  const script = startScript("redis-watch-in-vain.ts", [stage.server.url]);
  assert.deepEqual(await once(script.process, "close"), [0, null]);
});
