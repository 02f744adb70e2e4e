import assert from "node:assert/strict";
import { test } from "node:test";
import { persist, restore } from "../../src/index.ts";
import { joinSession } from "../../src/sessions/records/join.ts";
import { isTabsRecord } from "../../src/sessions/records/own-records.ts";
import { noteTab } from "../../src/sessions/records/tabs.ts";
import { onEachServer, onEachStore, type Running } from "./service-fixture.ts";

@persist("service.tabs")
class AppState {
  count = 0;
}

const TAB = { owner: "tab" };

/** Opens a tab of a session, as its page would. */
async function open({ client, sessions }: Running, tab: string, session?: string) {
  const one = await client();
  return await one.open(sessions.ring, { tab, ...(session === undefined ? {} : { session }) });
}

/** A tab that stores something and is not connected any more. */
async function leave(running: Running, tab: string, value: string, session?: string) {
  const handle = await open(running, tab, session);
  await handle.write(await handle.life(TAB), { value });
  await handle.call("close");
  return handle.session;
}

async function valuesOf(running: Running, tab: string, session: string) {
  return await (await open(running, tab, session)).values(TAB);
}

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("rotate takes the records of tabs along that are not connected, though another process knew them", async (t) => {
    const before = await begin(t);
    const session = await leave(before, "away", "1");
    const after = await before.other();
    const asking = await open(after, "asking", session);
    await asking.write(await asking.life(), { a: "1" });
    const rotated = (await asking.call("rotate"))["session"] as string;
    const again = (await asking.call("rotate"))["session"] as string;
    assert.notEqual(again, rotated);
    assert.deepEqual(await valuesOf(after, "away", again), { value: "1" });
    for (const dead of [session, rotated])
      assert.equal((await after.store.owner(`t:${dead}:away`)).owner, "ended");
  });

  test("end ends the records of tabs that are not connected, though another process knew them", async (t) => {
    const before = await begin(t);
    const session = await leave(before, "away", "1");
    const after = await before.other();
    await (await open(after, "asking", session)).call("end");
    assert.equal((await after.store.owner(`t:${session}:away`)).owner, "ended");
  });

  test("rotate() and clear() of the library do so, too", async (t) => {
    const running = await begin(t);
    const { sessions, store } = running;
    const web = await sessions.open();
    await web.run(async () => void ((await restore(AppState)).count = 1));
    const first = web.id;
    await leave(running, "away", "1", first);
    const back = await sessions.open(web.token);
    await back.run(async () => {
      await back.rotate();
    });
    assert.deepEqual(await valuesOf(running, "away", back.id), { value: "1" });
    const last = back.id;
    await back.run(async () => {
      await back.clear();
    });
    for (const dead of [first, last])
      assert.equal((await store.owner(`t:${dead}:away`)).owner, "ended");
  });

  test("two first sessions of a browser that become one keep what their tabs have stored", async (t) => {
    const running = await begin(t);
    const [from, to] = [await leave(running, "one", "1"), await leave(running, "two", "2")];
    await joinSession(running.sessions.engine, from, to);
    assert.deepEqual(await valuesOf(running, "one", to), { value: "1" });
    assert.deepEqual(await valuesOf(running, "two", to), { value: "2" });
  });

  test("a session's tabs are noted once, and those that have gone are not kept for ever", async (t) => {
    const running = await begin(t);
    const { store } = running.sessions.engine;
    const session = await leave(running, "first", "0");
    const owner = `b:${session}`;
    const noted = async () => {
      const state = (await store.owner(owner)).states.find(isTabsRecord) ?? "";
      const { record } = await store.read(owner, state);
      return [...(record?.attributes ?? [])].filter(([, { bytes }]) => bytes !== undefined).length;
    };
    const { version } = await store.owner(owner);
    await leave(running, "first", "1", session);
    assert.deepEqual([await noted(), (await store.owner(owner)).version], [1, version]);
    // Noted two days ago, and with nothing stored.
    const long = Date.now() - 2 * 86_400_000;
    t.mock.method(Date, "now", () => long);
    for (let n = 0; n < 98; n++) await noteTab(running.sessions.engine, session, `gone${n}`, true);
    t.mock.restoreAll();
    await leave(running, "last", "1", session);
    assert.equal(await noted(), 2);
  });
};

onEachStore(tests);
onEachServer(tests);
