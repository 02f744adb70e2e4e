import assert from "node:assert/strict";
import { test } from "node:test";
import { persist } from "../../src/state/persist.ts";
import { until } from "../support/until.ts";
import { fixture, gate } from "../sessions/fixture.ts";

@persist("watch-test")
class Watched {
  count = 0;
  text = "";
}

@persist("watch-test-other")
class Other {
  count = 0;
}

@persist("watch-test-user", { owner: "user" })
class OfUser {
  count = 0;
}

/** Two tabs of one browser, each a session object of its own, the second one in another process. */
async function twoTabs() {
  const { sessions, other, warnings } = fixture();
  const first = await sessions.open();
  await first.run(async () => {
    (await first.restore(Watched)).text = "first";
  });
  const second = await other().open(first.token);
  return { sessions, first, second, warnings, other };
}

test("watch() calls the listener with the state when another process changed it", async () => {
  const { first, second } = await twoTabs();
  const seen: string[] = [];
  await first.watch(Watched, (state) => seen.push(`${state.count} ${state.text}`));
  await second.run(async () => {
    (await second.restore(Watched)).count = 7;
  });
  await until("the change was told", () => seen.length > 0);
  assert.deepEqual(seen, ["7 first"]);
});

test("watch() tells another tab of the same process when their session objects differ", async () => {
  const { sessions, first } = await twoTabs();
  const tab = await sessions.open(first.token);
  const seen: number[] = [];
  await first.watch(Watched, (state) => seen.push(state.count));
  await tab.run(async () => await tab.update(Watched, (state) => void (state.count += 1)));
  await until("the change was told", () => seen.length > 0);
  assert.deepEqual(seen, [1]);
});

test("watch() does not call the listener when the session object itself commits, updates or clears", async () => {
  const { first, second } = await twoTabs();
  const seen: string[] = [];
  await first.watch(Watched, (state) => seen.push(state.text));
  await first.run(async () => {
    (await first.restore(Watched)).text = "own";
    await first.commit();
    await first.update(Watched, (state) => void (state.count += 1));
    await first.clear(Watched);
  });
  // What comes next is told alone, so nothing of the above was.
  await second.run(async () => {
    (await second.restore(Watched)).text = "theirs";
  });
  await until("the change was told", () => seen.length > 0);
  assert.deepEqual(seen, ["theirs"]);
});

test("watch() does not call the listener when another state of the session changed", async () => {
  const { first, second } = await twoTabs();
  const seen: string[] = [];
  await first.watch(Watched, (state) => seen.push(state.text));
  await second.run(async () => {
    (await second.restore(Other)).count = 1;
  });
  await second.run(async () => {
    (await second.restore(Watched)).text = "at last";
  });
  await until("the change was told", () => seen.length > 0);
  assert.deepEqual(seen, ["at last"]);
});

test("watch() commits what the listener changes, and restore() works in it", async () => {
  const { first, second } = await twoTabs();
  let done = false;
  await first.watch(Watched, async (state) => {
    (await first.restore(Other)).count = state.count + 1;
    await first.commit();
    done = true;
  });
  await second.run(async () => {
    (await second.restore(Watched)).count = 41;
  });
  await until("the listener was done", () => done);
  await second.run(async () => {
    assert.equal((await second.restore(Other)).count, 42);
  });
});

test("watch() tells all that came in meanwhile in one call when the listener takes long", async () => {
  const { first, second } = await twoTabs();
  const seen: number[] = [];
  const hold = gate();
  await first.watch(Watched, async (state) => {
    seen.push(state.count);
    await hold.opened;
  });
  for (let count = 1; count <= 5; count++) {
    await second.run(async () => {
      (await second.restore(Watched)).count = count;
    });
    if (count === 1) await until("the listener is at work", () => seen.length === 1);
  }
  hold.open();
  await until("the last change was told", () => seen.at(-1) === 5);
  assert.deepEqual(seen, [1, 5]);
});

test("watch() calls the listener at the beginning when it is told to", async () => {
  const { first } = await twoTabs();
  const seen: string[] = [];
  await first.watch(Watched, (state) => seen.push(state.text), { immediate: true });
  assert.deepEqual(seen, ["first"]);
});

test("watch() tells nothing more when it was stopped", async () => {
  const { first, second } = await twoTabs();
  const seen: number[] = [];
  const stop = await first.watch(Watched, () => seen.push(1));
  let stillTold = false;
  await first.watch(Watched, () => (stillTold = true));
  stop();
  await second.run(async () => {
    (await second.restore(Watched)).count = 7;
  });
  await until("the other watcher was told", () => stillTold);
  assert.deepEqual(seen, []);
});

test("watch() gives a fresh state when the state was cleared elsewhere", async () => {
  const { first, second } = await twoTabs();
  const seen: string[] = [];
  await first.watch(Watched, (state) => seen.push(state.text));
  await second.run(async () => await second.clear(Watched));
  await until("the clear was told", () => seen.length > 0);
  assert.deepEqual(seen, [""]);
});

test("promise 5 (Clear is final): watch() ends when the session was ended in another process", async () => {
  const { sessions, first, second } = await twoTabs();
  const told: string[] = [];
  sessions.on("ended", ({ reason }) => told.push(reason));
  let ended = 0;
  await first.watch(Watched, () => told.push("changed"), { ended: () => ended++ });
  await second.run(async () => await second.clear());
  await until("the end was told", () => ended > 0);
  assert.equal(ended, 1);
  assert.deepEqual(told, ["elsewhere"]);
});

test("watch() ends at once when the session had ended before", async () => {
  const { first, second } = await twoTabs();
  await second.run(async () => await second.clear());
  let ended = 0;
  await first.watch(Watched, () => undefined, { ended: () => ended++ });
  assert.equal(ended, 1);
});

test("watch() reports a listener that throws, and goes on", async () => {
  const { sessions, first, second, warnings } = await twoTabs();
  const errors: unknown[] = [];
  sessions.on("error", ({ error }) => errors.push(error));
  let calls = 0;
  await first.watch(Watched, () => {
    calls++;
    throw new Error("no good");
  });
  for (const count of [1, 2]) {
    await second.run(async () => {
      (await second.restore(Watched)).count = count;
    });
    await until("the listener was called", () => calls === count);
  }
  await until("both were told", () => errors.length === 2);
  assert.deepEqual(warnings, ["persist-session: no good", "persist-session: no good"]);
});

test("watch() follows the person when the state is a user's", async () => {
  const { sessions, other } = fixture();
  const identify = () => "ada";
  const here = await sessions.open(undefined, { identify });
  const there = await other().open(undefined, { identify });
  const seen: number[] = [];
  await here.watch(OfUser, (state) => seen.push(state.count));
  await there.run(async () => {
    (await there.restore(OfUser)).count = 3;
  });
  await until("the change was told", () => seen.length > 0);
  assert.deepEqual(seen, [3]);
});

test("close() ends what is watched and waits for a listener that is at work", async () => {
  const { sessions, first, second } = await twoTabs();
  const hold = gate();
  let done = false;
  let began = false;
  await first.watch(Watched, async (state) => {
    began = true;
    await hold.opened;
    state.text = "from the listener";
    await first.commit();
    done = true;
  });
  await second.run(async () => {
    (await second.restore(Watched)).count = 1;
  });
  await until("the listener is at work", () => began);
  const closing = sessions.close();
  hold.open();
  await closing;
  assert.equal(done, true);
});
