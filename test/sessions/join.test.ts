import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { joinSession } from "../../src/sessions/records/join.ts";
import { fixture } from "./fixture.ts";

@persist("join.app")
class AppState {
  // Without defaults: those would be stored too, and then both sessions have every name.
  declare a?: number;
  declare b?: number;
  declare c?: number;
}

@persist("join.other")
class OtherState {
  kept = "no";
}

test("joinSession() brings what the other session lacks, and ends the first", async () => {
  const { sessions, other } = fixture();
  const [from, to] = [await sessions.open(), await sessions.open()];
  await from.run(async () => {
    Object.assign(await restore(AppState), { a: 1, b: 1 });
    (await restore(OtherState)).kept = "yes";
  });
  await to.run(async () => void Object.assign(await restore(AppState), { b: 2, c: 2 }));
  await joinSession(sessions.engine, from.id, to.id);
  const joined = await other().open(to.token);
  await joined.run(async () => {
    assert.deepEqual({ ...(await restore(AppState)) }, { a: 1, b: 2, c: 2 });
    assert.equal((await restore(OtherState)).kept, "yes");
  });
  assert.equal((await other().open(from.token)).isNew, true);
  // A second time, as from another tab, nothing happens.
  await joinSession(sessions.engine, from.id, to.id);
});

test("joinSession() loses nothing that is written to either session meanwhile", async () => {
  const { sessions, store, other } = fixture();
  const [from, to] = [await sessions.open(), await sessions.open()];
  await from.run(async () => void ((await restore(AppState)).a = 1));
  const there = other();
  const late = [await there.open(from.token), await there.open(to.token)] as const;
  const write = store.write.bind(store);
  let round = 0;
  store.write = async (owner, ...rest) => {
    if (owner === `b:${to.id}` && round++ === 0) {
      // Just before the record is made: the page of the other session makes it, and that of the
      // first writes once more.
      await late[1].run(async () => void ((await restore(AppState)).c = 2));
      await late[0].run(async () => void ((await restore(AppState)).b = 1));
    }
    return await write(owner, ...rest);
  };
  await joinSession(sessions.engine, from.id, to.id);
  const joined = await other().open(to.token);
  await joined.run(async () => {
    assert.deepEqual({ ...(await restore(AppState)) }, { a: 1, b: 1, c: 2 });
  });
});

test("joinSession() throws ERR_SESSION_ENDED when the session to join has ended, and keeps the first", async () => {
  const { sessions, other } = fixture();
  const [from, to] = [await sessions.open(), await sessions.open()];
  for (const session of [from, to])
    await session.run(async () => void ((await restore(AppState)).a = 1));
  const { id } = to;
  await to.run(async () => await to.clear());
  await assert.rejects(joinSession(sessions.engine, from.id, id), { code: "ERR_SESSION_ENDED" });
  const kept = await other().open(from.token);
  assert.equal(await kept.run(async () => (await restore(AppState)).a), 1);
});
