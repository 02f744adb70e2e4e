import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistError, persist, restore } from "../../src/index.ts";
import { openSealed, setSealed } from "../../src/identity/seal.ts";
import { busy, fixture, opened } from "./fixture.ts";

@persist("rotate.app")
class AppState {
  count = 0;
  list: number[] = [];
  extra?: string;
}

@persist("rotate.other")
class OtherState {
  kept = "no";
}

test("rotate() gives a new id and keeps the data, and objects restored before go on", async () => {
  const { session, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).list.push(1);
    (await restore(OtherState)).kept = "yes";
  });
  const dead = session.token;
  await session.run(async () => {
    const state = await restore(AppState);
    const { list } = state;
    state.count = 1;
    await session.rotate();
    assert.equal(await restore(AppState), state);
    list.push(2);
    state.count++;
  });
  assert.notEqual(session.token, dead);
  const again = await other().open(session.token);
  await again.run(async () => {
    const { count, list } = await restore(AppState);
    assert.deepEqual([count, list], [2, [1, 2]]);
    assert.equal((await restore(OtherState)).kept, "yes");
  });
});

test("promise 5 (Clear is final): rotate() ends the old token, which opens nothing any more", async () => {
  const { session, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const dead = session.token;
  const late = await other().open(dead);
  await late.run(async () => {
    const state = await restore(AppState);
    await session.run(async () => await session.rotate());
    state.count = 99;
  });
  const replay = await other().open(dead);
  assert.equal(replay.isNew, true);
  assert.equal(await replay.run(async () => (await restore(AppState)).count), 0);
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});

test("promise 6 (Isolation): a request with the old id cannot touch the object that went on under the new one", async () => {
  const { session, sessions } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const old = await sessions.open(session.token);
  await old.run(async () => {
    const shared = await restore(AppState);
    await session.run(async () => {
      await restore(AppState);
      await session.rotate();
      await old.run(async () => {}).catch(() => undefined);
    });
    assert.throws(() => (shared.count = 99), { code: "ERR_SESSION_ENDED" });
  });
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});

test("rotate() loses no commit that another process makes in between", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const there = await other().open(session.token);
  busy(store, there, [async () => void (await restore(AppState)).list.push(7)]);
  await session.run(async () => await session.rotate());
  const again = await other().open(session.token);
  await again.run(async () => {
    const { count, list } = await restore(AppState);
    assert.deepEqual([count, list], [1, [7]]);
  });
});

test("rotate() of a session with nothing stored gives a new id", async () => {
  const { session } = await opened();
  const { id } = session;
  await session.run(async () => await session.rotate());
  assert.notEqual(session.id, id);
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});

test("rotate() carries deletion marks and attributes that this code does not declare", async () => {
  const { session, other } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    Object.assign(state, { unknown: [1] });
    delete (state as Partial<AppState>).count;
  });
  await session.run(async () => await session.rotate());
  const again = await other().open(session.token);
  await again.run(async () => {
    const state = await restore(AppState);
    assert.equal("count" in state, false);
    assert.deepEqual((state as unknown as { unknown: number[] }).unknown, [1]);
  });
});

test("rotate() brings back no state that was cleared while it copied", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
    (await restore(OtherState)).kept = "yes";
  });
  const there = await other().open(session.token);
  busy(store, there, [
    async () => {
      (await restore(AppState)).list.push(7);
      await there.clear(OtherState);
    },
  ]);
  await session.run(async () => await session.rotate());
  const again = await other().open(session.token);
  await again.run(async () => {
    assert.equal((await restore(OtherState)).kept, "no");
    assert.deepEqual((await restore(AppState)).list, [7]);
  });
});

test("rotate() gives sealed values the seal of their new place", async () => {
  const { sessions, store } = fixture({ encrypt: false });
  const session = await sessions.open();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const value = Buffer.from("Ppickled");
  const from = `b:${session.id}`;
  const { epoch } = await store.read(from, "rotate.app");
  const set = new Map([["forged", Buffer.concat([Buffer.from("P"), Buffer.alloc(40)])]]);
  setSealed(set, sessions.ring, [from, "rotate.app", "data"], value);
  await store.write(from, [{ state: "rotate.app", epoch, set }], {
    commitId: "sealed",
    expiresAt: Date.now() + 60_000,
  });
  await session.run(async () => {
    const state = (await restore(AppState)) as unknown as Record<string, unknown>;
    // Read before the move, and committed after it.
    assert.ok(state["data"]);
    await session.rotate();
    state["count"] = 2;
  });
  const to = `b:${session.id}`;
  const { record } = await store.read(to, "rotate.app");
  assert.ok(record?.attributes.get("forged")?.bytes);
  const unseal = (name: string) =>
    openSealed(sessions.ring, [to, "rotate.app", name], record.attributes);
  assert.deepEqual(unseal("data"), value);
  assert.equal(unseal("forged"), undefined);
});

test("rotate() asks again when it cannot tell whether the old session has ended, and loses nothing", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 1;
  });
  const clear = store.clear.bind(store);
  let once = true;
  store.clear = async (...args) => {
    const result = await clear(...args);
    if (!once) return result;
    once = false;
    throw new PersistError("ERR_OUTCOME_UNKNOWN", "The answer was lost.");
  };
  await session.run(async () => await session.rotate());
  assert.equal(once, false);
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});
