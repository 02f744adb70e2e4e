import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { Events } from "../../src/sessions/records/events.ts";
import { expiresAfter, isCookieYoung, isRenewalDue } from "../../src/sessions/records/lifetime.ts";
import { Sweeper } from "../../src/sessions/sweeper.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { fixture } from "./fixture.ts";

@persist("expiry.app")
class AppState {
  count = 0;
}

@persist("expiry.draft", { ttl: "1h" })
class Draft {
  text = "";
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const FRESH = { session: undefined, lasting: false };
const LASTING = { session: undefined, lasting: true };

/** A memory store whose clock the test moves, against the real clock of the sessions. */
function aging() {
  let offset = 0;
  const inner = memoryStore({ now: () => Date.now() + offset });
  return { made: fixture({ ttl: "30d" }, inner), age: (by: number) => void (offset += by) };
}

async function remaining(
  store: { owner(owner: string): Promise<{ expiresAt: number }> },
  id: string,
) {
  return (await store.owner(`b:${id}`)).expiresAt - Date.now();
}

test("promise 9 (Bounds): records of a new session expire after a day until its token has come back once", async () => {
  const { made } = aging();
  const session = await made.sessions.open();
  await session.run(async () => void ((await restore(AppState)).count = 1));
  const first = await remaining(made.store, session.id);
  assert.ok(first <= DAY && first > DAY - HOUR);
  const back = await made.sessions.open(session.token);
  await back.run(async () => await restore(AppState));
  const second = await remaining(made.store, session.id);
  assert.ok(second > 30 * DAY, "what is stored expires later than the cookie");
  assert.ok(second <= 31 * DAY);
});

test("promise 9 (Bounds): an expired session is fresh, also before the sweep", async () => {
  const { made, age } = aging();
  const session = await made.sessions.open();
  await session.run(async () => void ((await restore(AppState)).count = 1));
  age(2 * DAY);
  const there = await made.other().open(session.token);
  assert.equal(await there.run(async () => (await restore(AppState)).count), 0);
});

test("the first renewal needs no new cookie while the first one is young, and every later renewal does", () => {
  for (const [ttl, newSessionTtl, interval] of [
    [30 * DAY, DAY, DAY],
    [2 * DAY, DAY, 0.2 * DAY],
    [10 * DAY, 2 * DAY, DAY],
    [HOUR, DAY, HOUR / 10],
  ] as const) {
    const terms = { ttl, newSessionTtl, touchInterval: interval };
    mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_001 });
    try {
      const fresh = { expiresAt: expiresAfter(terms, FRESH), status: "living" } as const;
      const lasting = { expiresAt: expiresAfter(terms, LASTING), status: "living" } as const;
      assert.ok(
        Math.abs(fresh.expiresAt - Date.now() - Math.min(ttl + interval, newSessionTtl)) < 2,
      );
      assert.ok(Math.abs(lasting.expiresAt - Date.now() - ttl - interval) < 2);
      mock.timers.tick(interval * 0.9);
      assert.equal(isCookieYoung(terms, fresh), true);
      assert.equal(isCookieYoung(terms, lasting), false);
      assert.equal(isRenewalDue(terms, LASTING, lasting), false);
      mock.timers.tick(interval * 0.2);
      assert.equal(isRenewalDue(terms, LASTING, lasting), true);
      // At any moment of its life, also when as little is left of it as a new session has.
      for (let step = 0; step < 40; step++) {
        assert.equal(isCookieYoung(terms, fresh), false);
        assert.equal(isCookieYoung(terms, lasting), false);
        mock.timers.tick(ttl / 40);
      }
      assert.equal(isCookieYoung(terms, undefined), false);
    } finally {
      mock.timers.reset();
    }
  }
});

test("touch is throttled: reading again and again renews the expiry once an interval", async () => {
  const { made } = aging();
  const { sessions, store } = made;
  const session = await sessions.open();
  await session.run(async () => void ((await restore(AppState)).count = 1));
  for (let round = 0; round < 5; round++) {
    const back = await sessions.open(session.token);
    await back.run(async () => await restore(AppState));
  }
  assert.equal(store.touches, 1);
});

test("a state with a ttl of its own is gone that long after its last change, and the others stay", async () => {
  const { made, age } = aging();
  const session = await made.sessions.open();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
    (await restore(Draft)).text = "half a letter";
  });
  age(HOUR / 2);
  const there = await made.other().open(session.token);
  await there.run(async () => assert.equal((await restore(Draft)).text, "half a letter"));
  age(HOUR);
  const later = await made.other().open(session.token);
  await later.run(async () => {
    assert.equal((await restore(Draft)).text, "");
    assert.equal((await restore(AppState)).count, 1);
  });
});

test("a state whose class has no ttl any more lasts with the session from its next change on", async () => {
  const { made, age } = aging();
  const release = (options: { ttl?: "1h"; version?: number; migrate?: () => object }) => {
    class Released {
      count = 0;
    }
    persist("expiry.released", Released, options);
    return Released;
  };
  const [Before, After] = [release({ ttl: "1h" }), release({})];
  const [changed, migrated] = [await made.sessions.open(), await made.sessions.open()];
  for (const session of [changed, migrated])
    await session.run(async () => void ((await restore(Before)).count = 1));
  const again = await made.sessions.open(changed.token);
  await again.run(async () => void ((await restore(After)).count += 1));
  const Migrated = release({ version: 2, migrate: () => ({ count: 3 }) });
  const third = await made.sessions.open(migrated.token);
  await third.run(async () => void (await restore(Migrated)));
  age(2 * HOUR);
  const later = await made.other().open(changed.token);
  assert.equal(await later.run(async () => (await restore(After)).count), 2);
  const last = await made.other().open(migrated.token);
  assert.equal(await last.run(async () => (await restore(Migrated)).count), 3);
});

test("sweep() removes what has expired and nothing else", async () => {
  const { made, age } = aging();
  const { sessions } = made;
  const [old, young] = [await sessions.open(), await sessions.open()];
  await old.run(async () => void ((await restore(AppState)).count = 1));
  await young.run(async () => void ((await restore(AppState)).count = 2));
  const back = await sessions.open(young.token);
  await back.run(async () => await restore(AppState));
  age(2 * DAY);
  const owners = [];
  for await (const { owner } of sessions.list()) owners.push(owner);
  assert.deepEqual(owners, [`b:${young.id}`]);
  assert.equal(await back.run(async () => (await restore(AppState)).count), 2);
});

test("Sweeper sweeps in steps, and not at all for an hour after the clock jumped", async () => {
  const store = memoryStore();
  const expired = Date.now() - HOUR;
  for (let n = 0; n < 450; n++) {
    await store.write(
      `b:${n}`,
      [{ state: "s", epoch: 0, base: "absent", set: new Map([["a", new Uint8Array([74, 49])]]) }],
      { commitId: `${n}`, expiresAt: expired },
    );
  }
  const clock = { now: Date.now(), ticks: 0 };
  const events = new Events();
  const paused: unknown[] = [];
  events.on("sweep-paused", (event) => paused.push(event));
  const sweeper = new Sweeper(store, events, {
    wall: () => clock.now,
    monotonic: () => clock.ticks,
  });
  const pass = (milliseconds: number) => {
    clock.now += milliseconds;
    clock.ticks += milliseconds;
  };
  pass(60_000);
  clock.now += 400 * DAY;
  assert.equal(await sweeper.sweep(), 0);
  pass(HOUR / 2);
  assert.equal(await sweeper.sweep(), 0);
  assert.deepEqual(paused, [{ reason: "clock-jumped" }, { reason: "clock-jumped" }]);
  clock.now -= 400 * DAY;
  assert.equal(await sweeper.sweep(), 0);
  pass(HOUR + 1);
  assert.ok((await sweeper.sweep()) >= 450);
  assert.equal(await sweeper.sweep(), 0);
});
