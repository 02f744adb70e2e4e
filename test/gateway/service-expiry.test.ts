import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";
import { start } from "./service-fixture.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 60_000, `${actual - expected} ms off`);
}

test("records last the session's ttl and the time between two renewals", async (t) => {
  const { client, sessions, store } = await start(t, memoryStore());
  const handle = await (await client()).open(sessions.ring);
  await handle.write(await handle.life(), { a: "1" });
  near((await store.owner(`b:${handle.session}`)).expiresAt, Date.now() + 31 * DAY);
});

test("promise 9 (Bounds): records of a browser whose cookie has not come back last a day", async (t) => {
  const { client, sessions, store } = await start(t, memoryStore());
  const handle = await (await client()).open(sessions.ring, { ephemeral: true });
  await handle.write(await handle.life(), { a: "1" });
  near((await store.owner(`b:${handle.session}`)).expiresAt, Date.now() + DAY);
  // After an end the browser has yet to show the cookie of its fresh session.
  const known = await (await client()).open(sessions.ring);
  const session = (await known.call("end"))["session"] as string;
  await known.write(await known.life(), { a: "1" });
  near((await store.owner(`b:${session}`)).expiresAt, Date.now() + DAY);
  await (await client()).open(sessions.ring, { session });
  await known.write(await known.life(), { a: "2" });
  near((await store.owner(`b:${session}`)).expiresAt, Date.now() + 31 * DAY);
});

test("a write with a ttl ends its record then, and never later than the session", async (t) => {
  const { client, sessions, store } = await start(t, memoryStore());
  const handle = await (await client()).open(sessions.ring);
  await handle.write(await handle.life(), { a: "1" }, { ttl: 3600 });
  await handle.write(await handle.life({ state: "long" }), { a: "1" }, { ttl: 1e9 });
  const owner = `b:${handle.session}`;
  near((await store.read(owner, "app")).record?.expiresAt ?? 0, Date.now() + HOUR);
  near((await store.read(owner, "long")).record?.expiresAt ?? 0, Date.now() + 30 * DAY);
});

test("a write without a ttl has its record last with the session again", async (t) => {
  const { client, sessions } = await start(t, memoryStore());
  const { store } = sessions.engine;
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  await handle.write(life, { a: "1" }, { ttl: 3600 });
  await handle.write(life, { a: "2" });
  const { record } = await store.read(`b:${handle.session}`, "app");
  assert.deepEqual([record?.attributes.size, record?.expiresAt], [1, undefined]);
});

test("restore extends the session, once an interval, and does not wait for it", async (t) => {
  let now = Date.now();
  t.mock.method(Date, "now", () => now);
  const store = countingStore(memoryStore());
  const { client, sessions, warnings } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  await handle.write(await handle.life(), { a: "1" });
  await handle.restore();
  assert.equal(store.touches, 0);
  now += 2 * DAY;
  await handle.restore();
  await until("it is extended", () => store.touches === 1);
  near((await store.owner(`b:${handle.session}`)).expiresAt, now + 31 * DAY);
  await handle.restore();
  assert.equal(store.touches, 1);
  now += 2 * DAY;
  store.failing.touch = new Error("the store is busy");
  assert.equal((await handle.restore())["status"], "whole");
  await until("the failure is told", () => warnings.some((line) => line.includes("busy")));
});

test("promise 9 (Bounds): a visitor who stores nothing leaves nothing in the store", async (t) => {
  const store = countingStore(memoryStore());
  const { client, sessions } = await start(t, store);
  const one = await client();
  for (const ephemeral of [true, false]) {
    const handle = await one.open(sessions.ring, { ephemeral });
    await handle.restore();
    await handle.restore({ owner: "tab" });
    await handle.call("close");
  }
  assert.deepEqual([store.writes, store.clears, store.touches], [0, 0, 0]);
});

test("a restore is one read of the store, and a write is one write", async (t) => {
  const store = countingStore(memoryStore());
  const { client, sessions } = await start(t, store);
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  assert.deepEqual([store.reads, store.writes], [1, 0]);
  await handle.write(life, { a: "1" }, {}, { b: "0" });
  await handle.write(life, { a: "2" });
  assert.deepEqual([store.reads, store.writes], [1, 2]);
  await handle.restore();
  assert.deepEqual([store.reads, store.writes], [2, 2]);
});

test("the service reports restores, commits and late changes as the library does", async (t) => {
  const { client, sessions, warnings } = await start(t, memoryStore());
  const told: [string, object][] = [];
  for (const name of ["restore", "commit", "dropped"] as const)
    sessions.on(name, (event) => void told.push([name, { ...event, milliseconds: 0 }]));
  const handle = await (await client()).open(sessions.ring);
  const life = await handle.life();
  await handle.write(life, { a: "1" }, { remove: ["b"] });
  await handle.call("clear", { life });
  await handle.write(life, { a: "late" });
  assert.deepEqual(told, [
    ["restore", { state: "app", fresh: true, milliseconds: 0 }],
    ["commit", { states: ["app"], attributes: 2, bytes: 2, milliseconds: 0 }],
    ["dropped", { state: "app", reason: "cleared", milliseconds: 0 }],
  ]);
  assert.ok(warnings.some((line) => line.includes('"app"') && !line.includes('late"')));
});
