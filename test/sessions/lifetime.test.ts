import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSessions, persist, restore } from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { until } from "../support/until.ts";
import { fixture } from "./fixture.ts";

@persist("lifetime.app")
class AppState {
  count = 0;
}

@persist("lifetime.user", { owner: "user" })
class UserState {
  count = 0;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One clock for the sessions and the store. */
function clock(t: TestContext) {
  let now = Date.now();
  t.mock.method(Date, "now", () => now);
  return { pass: (by: number) => void (now += by) };
}

type Made = ReturnType<typeof fixture>;

async function begin({ sessions }: Made) {
  const session = await sessions.open();
  await session.run(async () => void ((await restore(AppState)).count = 1));
  return session;
}

/** The id and the count that a process finds by a token, and whether a change of it was stored. */
async function visit(sessions: Made["sessions"], token: string) {
  const session = await sessions.open(token);
  const count = await session.run(async () => {
    const state = await restore(AppState);
    state.count++;
    return state.count;
  });
  return { id: session.id, token: session.token, count };
}

test("a session that is used all the time ends when its lifetime is over, in every process, and its token opens nothing", async (t) => {
  const { pass } = clock(t);
  const made = fixture({ maxLifetime: "12h" });
  const session = await begin(made);
  const other = made.other();
  for (let hour = 1; hour < 12; hour++) {
    pass(HOUR);
    const found = await visit(hour % 2 === 0 ? made.sessions : other, session.token);
    assert.deepEqual([found.id, found.count], [session.id, hour + 1]);
    assert.ok(
      (await made.store.owner(`b:${session.id}`)).expiresAt <= Date.now() + (12 - hour) * HOUR,
    );
  }
  pass(HOUR);
  for (const sessions of [made.sessions, other, made.other()]) {
    const found = await visit(sessions, session.token);
    assert.notEqual(found.id, session.id);
    assert.equal(found.count, 1, "fresh");
  }
  assert.notEqual((await made.store.owner(`b:${session.id}`)).owner, "living");
});

test("a scope that is open when the lifetime ends stores nothing more, also not into a fresh record", async (t) => {
  const { pass } = clock(t);
  const made = fixture({ maxLifetime: "1h" });
  const ended: string[] = [];
  made.sessions.on("ended", ({ reason }) => ended.push(reason));
  const { token, id } = await begin(made);
  const there = await made.sessions.open(token);
  await there.run(async () => {
    const state = await restore(AppState);
    pass(HOUR);
    state.count = 7;
  });
  assert.deepEqual(ended, ["expired"]);
  assert.ok(made.warnings.some((line) => line.includes("late changes")));
  await until("its records end", async () => (await made.store.owner(`b:${id}`)).owner === "ended");
});

test("rotate() goes on with the clock, rotate({ login: true }) begins it anew", async (t) => {
  const { pass } = clock(t);
  const made = fixture({ maxLifetime: "2h" });
  const first = await begin(made);
  pass(HOUR);
  const kept = await made.sessions.open(first.token);
  await kept.run(async () => {
    await restore(AppState);
    await kept.rotate();
  });
  const again = await made.other().open(first.token);
  assert.notEqual(again.id, first.id);
  const renewed = await made.other().open(kept.token);
  assert.equal(renewed.id, kept.id);
  await renewed.run(async () => {
    await restore(AppState);
    await renewed.rotate({ login: true });
  });
  pass(HOUR);
  assert.notEqual((await made.other().open(kept.token)).id, kept.id);
  const later = await visit(made.other(), renewed.token);
  assert.deepEqual([later.id, later.count], [renewed.id, 2]);
  assert.ok((await made.store.owner(`b:${renewed.id}`)).expiresAt <= Date.now() + HOUR);
  pass(HOUR);
  assert.notEqual((await visit(made.other(), renewed.token)).id, renewed.id);
});

test("a session from before the lifetime was bounded begins when it is first seen, even if it is only read", async (t) => {
  const { pass } = clock(t);
  const made = fixture();
  const session = await begin(made);
  await visit(made.sessions, session.token);
  pass(2 * DAY);
  const bounded = made.other({ maxLifetime: "1d" });
  const back = await bounded.open(session.token);
  assert.equal(back.id, session.id);
  await back.run(async () => assert.equal((await restore(AppState)).count, 2));
  pass(DAY - HOUR);
  assert.equal((await made.other({ maxLifetime: "1d" }).open(session.token)).id, session.id);
  pass(HOUR);
  const after = await visit(made.other({ maxLifetime: "1d" }), session.token);
  assert.notEqual(after.id, session.id);
  assert.equal(after.count, 1);
});

test("a shorter bound counts for sessions that began under a longer one", async (t) => {
  const { pass } = clock(t);
  const made = fixture({ maxLifetime: "10d" });
  const session = await begin(made);
  await visit(made.sessions, session.token);
  pass(2 * DAY);
  assert.equal((await made.other({ maxLifetime: "3d" }).open(session.token)).id, session.id);
  assert.notEqual((await made.other({ maxLifetime: "1d" }).open(session.token)).id, session.id);
});

test("what a user owns outlives the session, and update() and a clear of one state change nothing about its end", async (t) => {
  const { pass } = clock(t);
  const made = fixture({ maxLifetime: "1h" });
  const identify = () => "ann";
  const session = await made.sessions.open(undefined, { identify });
  await session.run(async () => {
    await session.update(AppState, (state) => void state.count++);
    (await restore(UserState)).count = 5;
    await session.clear(AppState);
    await session.update(AppState, (state) => void state.count++);
  });
  assert.ok((await made.store.owner(`b:${session.id}`)).expiresAt <= Date.now() + HOUR);
  pass(HOUR);
  const later = await made.other().open(session.token, { identify });
  assert.notEqual(later.id, session.id);
  await later.run(async () => {
    assert.equal((await restore(AppState)).count, 0);
    assert.equal((await restore(UserState)).count, 5);
  });
});

test("without the option nothing is noted, and with it no more is read once the process knows the session", async () => {
  const plain = fixture();
  const session = await begin(plain);
  assert.deepEqual((await plain.store.owner(`b:${session.id}`)).states, ["lifetime.app"]);
  const made = fixture({ maxLifetime: "90d" });
  const bounded = await begin(made);
  const other = made.other();
  await visit(other, bounded.token);
  const before = made.store.reads;
  await visit(other, bounded.token);
  assert.equal(made.store.reads, before + 1);
});

test("a watch ends with its session's lifetime", async () => {
  const made = fixture({ maxLifetime: "1s" });
  const session = await begin(made);
  let isOver = false;
  await session.watch(AppState, () => undefined, { ended: () => void (isOver = true) });
  await until("it has ended", () => isOver);
  assert.equal((await made.store.owner(`b:${session.id}`)).owner !== "living", true);
});

test("maxLifetime takes a duration", () => {
  for (const maxLifetime of [0, -1, "soon", Number.NaN] as never[])
    assert.throws(() => createSessions({ store: memoryStore(), maxLifetime }), {
      code: "ERR_OPTION_INVALID",
    });
});
