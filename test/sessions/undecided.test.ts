import assert from "node:assert/strict";
import { test } from "node:test";
import { persist } from "../../src/index.ts";
import type { Store } from "../../src/store/store.ts";
import { countingStore, opened, gate } from "./fixture.ts";

@persist("undecided.app")
class AppState {
  count = 0;
}

test("promise 9 (Bounds): the need for a cookie is open from the first restore's start to the first change", async () => {
  const inner = countingStore();
  const reading = gate();
  const answered = gate();
  const read: Store["read"] = inner.read.bind(inner);
  inner.read = async (...args) => {
    reading.open();
    await answered.opened;
    return await read(...args);
  };
  const { session, sessions } = await opened({}, inner);
  const request = session.begin();
  assert.equal(session.undecided, false, "nothing was asked for");
  const restored = session.restore(AppState);
  await reading.opened;
  const whileItReads = session.undecided;
  answered.open();
  assert.equal(whileItReads, true, "the restore waits for the store");
  const state = await restored;
  assert.equal(session.undecided, true, "it was only read");
  state.count++;
  assert.equal(session.undecided, false, "it was changed");
  await request.end();
  assert.equal(session.undecided, false, "it is stored");
  await sessions.close();
});
