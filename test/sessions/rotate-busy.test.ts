import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { BEGINNING } from "../../src/sessions/index.ts";
import { busy, opened } from "./fixture.ts";

@persist("rotate-busy.app")
class AppState {
  count = 0;
  list: number[] = [];
  extra?: string;
}

@persist("rotate-busy.other")
class OtherState {
  kept = "no";
}

@persist("rotate-busy.large")
class LargeState {
  text = "";
}

test("rotate() wins in the end against a writer that others would give up for, and has all that it wrote", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
    (await restore(LargeState)).text = "x".repeat(10_000);
  });
  const there = await other().open(session.token);
  const rounds = Array.from({ length: 60 }, (_, at) => async () => {
    (await restore(AppState)).list.push(at);
  });
  busy(store, there, rounds);
  const write = store.write.bind(store);
  let copiedLarge = 0;
  await session.run(async () => {
    const from = `b:${session.id}`;
    store.write = async (owner, writes, options) => {
      if (owner !== from && writes.some(({ state }) => state === "rotate-busy.large"))
        copiedLarge++;
      return await write(owner, writes, options);
    };
    await session.rotate();
  });
  assert.equal(copiedLarge, 1, "what has not changed is copied once");
  const again = await other().open(session.token);
  await again.run(async () => {
    assert.deepEqual(
      (await restore(AppState)).list,
      rounds.map((_, at) => at),
    );
    assert.equal((await restore(LargeState)).text.length, 10_000);
  });
});

test("rotate() follows each kind of change that comes in while it copies", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    Object.assign(await restore(AppState), { count: 1, extra: "old" });
    (await restore(OtherState)).kept = "old life";
  });
  const there = await other().open(session.token);
  busy(store, there, [
    async () => await there.clear(OtherState),
    async () => void ((await restore(OtherState)).kept = "new life"),
    async () => {
      delete (await restore(AppState)).extra;
      await there.clear(OtherState);
    },
    // Cleared and made again within one round.
    async () => {
      (await restore(OtherState)).kept = "third life";
      await there.commit();
      await there.clear(OtherState);
      (await restore(OtherState)).kept = "last life";
    },
    async () => {
      const state = await restore(AppState);
      for (let at = 0; at < 100; at++) Object.assign(state, { [`gone${at}`]: at });
      await there.commit();
      for (let at = 0; at < 100; at++)
        delete (state as unknown as Record<string, number>)[`gone${at}`];
    },
  ]);
  await session.run(async () => await session.rotate());
  const again = await other().open(session.token);
  await again.run(async () => {
    const { count, extra, ...rest } = await restore(AppState);
    assert.deepEqual([count, extra, rest], [1, undefined, { list: [] }]);
    assert.equal((await restore(OtherState)).kept, "last life");
  });
});

test("a login begins the session anew, also if the move took several rounds", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const { session, sessions, store, other } = await opened({ maxLifetime: 100_000 });
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const there = await other().open(session.token);
  busy(store, there, [
    async () => void ((await restore(AppState)).count = 2),
    async () => void ((await restore(AppState)).count = 3),
  ]);
  t.mock.timers.tick(90_000);
  await session.run(async () => await session.rotate({ login: true }));
  const noted = await sessions.engine.store.read(`b:${session.id}`, BEGINNING);
  const since = Buffer.from(noted.record?.attributes.get("since")?.bytes ?? []).toString();
  assert.equal(since, `J${Date.now()}`);
  t.mock.timers.tick(90_000);
  const again = await other().open(session.token);
  assert.equal(await again.run(async () => (await restore(AppState)).count), 3);
});
