import assert from "node:assert/strict";
import { test } from "node:test";
import { openRedisStore } from "../../src/store/redis.ts";
import type { RecordChange } from "../../src/store/store.ts";
import { create, newOwner, until, values, writeOne } from "../../src/testing/contract/fixture.ts";
import { redis } from "./server/engines.ts";
import { testWatch } from "./server/watch.ts";

const stage = testWatch(redis);

for (const [kind, openStore] of Object.entries(redis.clients)) {
  test(`watch() tells also who begins while the owner's last watcher leaves, by ${kind}`, async () => {
    const { writer } = stage;
    const { store, end } = await openStore(redis.urlAt(stage.proxy.port));
    const owner = newOwner();
    const { epoch } = await create(writer, owner, "a", { x: 0 });
    let told = 0;
    const watch = async () => await store.watch(owner, () => told++);
    let stop = await watch();
    // As a page that is reloaded does it; the pauses decide what is on its way to the server
    // meanwhile.
    for (let reload = 1; reload <= 40; reload++) {
      stop();
      for (let turn = reload % 8; turn > 0; turn--) await Promise.resolve();
      stop = await watch();
      const before = told;
      await writeOne(writer, owner, { state: "a", epoch, set: values({ x: reload }) });
      await until(`the watcher after reload ${reload} is told`, () => told > before);
    }
    stop();
    await store.close();
    await end();
  });
}

test("watch() leaves a channel when its last watcher stops", async () => {
  const { server, writer } = stage;
  const channels = async (): Promise<number> =>
    ((await server.ask("PUBSUB", "CHANNELS", "persist-session:*")) as unknown[]).length;
  const owners = Array.from({ length: 20 }, newOwner);
  const stops = await Promise.all(owners.map((owner) => writer.watch(owner, () => undefined)));
  assert.equal(await channels(), 20);
  for (const stop of stops) stop();
  await until("the channels are left", async () => (await channels()) === 0);
});

test("a store with notify: false tells no watcher of its commits", async () => {
  const { server, writer } = stage;
  const silent = await openRedisStore({ url: server.url, notify: false });
  const owner = newOwner();
  const told: RecordChange[] = [];
  const stop = await writer.watch(owner, (change) => told.push(change));
  await create(silent, owner, "silent", { x: 1 });
  await create(writer, owner, "loud", { x: 1 });
  await until("told about the loud one", () => told.length > 0);
  assert.deepEqual(told, [{ owner, state: "loud" }]);
  stop();
  await silent.close();
});
