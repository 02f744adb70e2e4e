import assert from "node:assert/strict";
import { test } from "node:test";
import { copyStore } from "../../src/cli/admin/copy-store.ts";
import { describeOwner } from "../../src/cli/admin/describe.ts";
import { joinSession } from "../../src/sessions/records/join.ts";
import { sealNameOf } from "../../src/identity/seal-name.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { bytesOf, hasNumber, pickle, plant } from "./seal-fixture.ts";
import type { TestHandle } from "./service-client.ts";
import { onEachServer, onEachStore, start, UNENCRYPTED } from "./service-fixture.ts";

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("promise 7 (Stored bytes are data): an older sealed value of the same attribute is refused, and nothing else is lost", async (t) => {
    const { client, sessions, store, other } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    await pickle(handle, { data: "old", second: "2" });
    await handle.write(await handle.life(), { count: "1" });
    const old = await bytesOf(store, owner, "data");
    const known = await handle.restore();
    await pickle(handle, { data: "new" });
    assert.deepEqual(await handle.values(), { data: "new", second: "2", count: "1" });
    await plant(store, owner, { set: new Map([["data", old]]) });
    const whole = await handle.restore();
    assert.deepEqual(whole["refused"], ["data"]);
    assert.deepEqual(await handle.values(), { second: "2", count: "1" });
    // Also for a client that asks for the changes alone, and in another process.
    const { epoch, version } = known;
    assert.deepEqual((await handle.restore({ known: { epoch, version } }))["refused"], ["data"]);
    const there = await other();
    const session = handle.session;
    const elsewhere = await (await there.client()).open(sessions.ring, { session });
    assert.deepEqual((await elsewhere.restore())["refused"], ["data"]);
    await pickle(handle, { data: "newer" });
    assert.deepEqual(await elsewhere.values(), { data: "newer", second: "2", count: "1" });
  });

  test("promise 7 (Stored bytes are data): a sealed value without its number, or with that of another attribute, is refused", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    await pickle(handle, { data: "1", second: "2" });
    const [data, second] = [
      await bytesOf(store, owner, "data"),
      await bytesOf(store, owner, "second"),
    ];
    const numbers = [
      await bytesOf(store, owner, sealNameOf("data")),
      await bytesOf(store, owner, sealNameOf("second")),
    ] as const;
    const swapped = {
      data: second,
      second: data,
      [sealNameOf("data")]: numbers[1],
      [sealNameOf("second")]: numbers[0],
    };
    await plant(store, owner, { set: new Map(Object.entries(swapped)) });
    assert.deepEqual(
      new Set((await handle.restore())["refused"] as string[]),
      new Set(["data", "second"]),
    );
    await pickle(handle, { data: "1", second: "2" });
    await plant(store, owner, { remove: [sealNameOf("data")] });
    const found = await handle.restore();
    assert.deepEqual([found["refused"], found["removed"]], [["data"], []]);
    assert.deepEqual(await handle.values(), { second: "2" });
  });

  test("the number goes when the attribute is set to something else or removed, and an older value is refused then too", async (t) => {
    const { client, sessions, store, other } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    await pickle(handle, { data: "1", second: "2", third: "3" });
    const old = await bytesOf(store, owner, "data");
    const life = await handle.life();
    await handle.write(life, { data: "null" }, { remove: ["second"] });
    for (const [name, has] of [
      ["data", false],
      ["second", false],
      ["third", true],
    ] as const)
      assert.equal(await hasNumber(store, owner, name), has, name);
    assert.deepEqual((await handle.restore())["removed"], [
      ["second", (await handle.restore())["version"]],
    ]);
    const { version } = await handle.restore();
    await handle.write(life, { third: "3" }, { base: version });
    assert.equal(await hasNumber(store, owner, "third"), false);

    // Written by another tab, and seen by this one before it writes over it.
    const tab = await (await client()).open(sessions.ring, { session: handle.session, tab: "2" });
    await pickle(tab, { third: "4" });
    await handle.restore();
    await handle.write(life, { third: "5" });
    assert.equal(await hasNumber(store, owner, "third"), false);

    // A process that knows the record, and asks for changes alone, knows nothing of the number.
    // Left behind, it makes nothing valid.
    await pickle(handle, { data: "1" });
    const newest = await bytesOf(store, owner, "data");
    const { epoch, version: now } = await handle.restore();
    const there = await (
      await (await other()).client()
    ).open(sessions.ring, {
      session: handle.session,
    });
    const later = await there.restore({ known: { epoch, version: now } });
    await there.write(later["life"] as number, { data: "0" });
    for (const bytes of [old, newest]) {
      await plant(store, owner, { set: new Map([["data", bytes]]) });
      assert.deepEqual((await handle.restore())["refused"], ["data"]);
    }
    await pickle(there, { data: "again" });
    assert.deepEqual((await handle.values())["data"], "again");
  });

  test("writers of two attributes and of one, gathered and by default, leave values that can be read", async (t) => {
    const { client, sessions, other } = await begin(t, UNENCRYPTED);
    const one = await (await client()).open(sessions.ring);
    const session = one.session;
    const two = await (await (await other()).client()).open(sessions.ring, { session });
    await pickle(one, { data: "0", second: "0" });
    const [first, second] = [await one.life(), await two.life()];
    const write = async (handle: TestHandle, life: number, name: string, value: string) =>
      await handle.call("write", { life, schema: 1, set: [name] }, [`P${value}`]);
    for (let round = 0; round < 10; round++) {
      await Promise.all([
        write(one, first, "data", `${round}`),
        write(two, second, "second", `${round}`),
        write(one, first, "both", "one"),
        write(two, second, "both", "two"),
      ]);
      const found = await one.restore();
      assert.deepEqual(found["refused"], []);
      const { both, ...values } = await one.values();
      assert.deepEqual(values, { data: `${round}`, second: `${round}` });
      assert.ok(both === "one" || both === "two", both);
    }
    // In one group: sealed, then plain, and the other way.
    await Promise.all([
      write(one, first, "data", "x"),
      one.write(first, { data: "1", second: "1" }),
      write(one, first, "second", "x"),
    ]);
    await one.call("write", { life: first, schema: 1, set: ["count"], defaults: ["made"] }, [
      "J1",
      "Pdefault",
    ]);
    const { both: _, ...values } = await two.values();
    assert.deepEqual(values, { data: "1", second: "x", count: "1", made: "default" });
  });

  test("rotate, join, another process and a new secret keep sealed values and the way to write over them", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await pickle(handle, { data: "1", second: "2" });
    await pickle(handle, { data: "tab" }, { owner: "tab" });
    const old = await bytesOf(store, `b:${handle.session}`, "data");
    const { session } = await handle.call("rotate");
    const owner = `b:${session as string}`;
    assert.deepEqual(await handle.values(), { data: "1", second: "2" });
    assert.deepEqual(await handle.values({ owner: "tab" }), { data: "tab" });
    await handle.write(await handle.life(), { second: "3" });
    assert.equal(await hasNumber(store, owner, "second"), false);
    await plant(store, owner, { set: new Map([["second", old]]) });
    assert.deepEqual((await handle.restore())["refused"], ["second"]);

    const to = await (await client()).open(sessions.ring);
    await pickle(to, { second: "there", third: "3" });
    await joinSession(sessions.engine, session as string, to.session);
    assert.deepEqual(await to.values(), { data: "1", second: "there", third: "3" });

    const options = {
      secret: ["pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x", "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A"],
    };
    const restarted = await start(t, store, { options });
    const again = await (await restarted.client()).open(sessions.ring, { session: to.session });
    assert.deepEqual(await again.values(), { data: "1", second: "there", third: "3" });
  });

  test("what was refused before a move is refused after it", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await pickle(handle, { data: "old" });
    const old = await bytesOf(store, `b:${handle.session}`, "data");
    await pickle(handle, { data: "new" });
    await plant(store, `b:${handle.session}`, { set: new Map([["data", old]]) });
    await handle.call("rotate");
    assert.deepEqual((await handle.restore())["refused"], ["data"]);
  });

  test("a join takes a sealed default for a default", async (t) => {
    const { client, sessions } = await begin(t, UNENCRYPTED);
    const from = await (await client()).open(sessions.ring);
    const to = await (await client()).open(sessions.ring);
    for (const [handle, name] of [
      [from, "data"],
      [to, "other"],
    ] as const) {
      const others = ["data", "other", "made"].filter((one) => one !== name);
      await handle.call(
        "write",
        { life: await handle.life(), schema: 1, set: [name], defaults: others },
        ["Pset", ...others.map((one) => `P${one === "made" ? handle.session : "default"}`)],
      );
    }
    await joinSession(sessions.engine, from.session, to.session);
    assert.deepEqual(await to.values(), { data: "set", other: "set", made: to.session });
  });

  test("persist-session copy keeps sealed values readable, and show reports those that are not", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    await pickle(handle, { data: "old" });
    const old = await bytesOf(store, owner, "data");
    await pickle(handle, { data: "new", gone: "1" });
    await handle.write(await handle.life(), { count: "1" }, { remove: ["gone"] });
    const target = memoryStore();
    const report = await copyStore(store, target, false, () => undefined);
    assert.deepEqual([report.copied, report.failed], [report.owners, []]);
    const there = await start(t, target, UNENCRYPTED);
    const moved = await (await there.client()).open(sessions.ring, { session: handle.session });
    assert.deepEqual(await moved.values(), { data: "new", count: "1" });

    const look = async () =>
      (await describeOwner(target, owner, { only: "app", content: false })).records[0];
    const shown = await look();
    assert.deepEqual(shown?.attributes.map(({ name, damaged }) => [name, damaged]).toSorted(), [
      ["count", undefined],
      ["data", undefined],
    ]);
    assert.deepEqual(shown?.deleted, ["gone"]);
    const total = shown?.attributes.reduce((sum, { bytes }) => sum + bytes, 0);
    assert.equal(shown?.bytes, total);
    await plant(target, owner, { set: new Map([["data", old]]) });
    const damage = (await look())?.attributes.find(({ name }) => name === "data")?.damaged;
    assert.match(damage ?? "", /seal is not the newest/);
    assert.deepEqual((await moved.restore())["refused"], ["data"]);
  });

  test("a migration by a client keeps sealed values readable", async (t) => {
    const { client, sessions } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await pickle(handle, { data: "1", other: "2", gone: "3" });
    const { life, version } = await handle.restore();
    await handle.call(
      "write",
      { life, schema: 2, base: version, set: ["data", "count"], remove: ["gone"] },
      ["Pmigrated", "J1"],
    );
    assert.deepEqual(await handle.values(), { data: "migrated", other: "2", count: "1" });
  });
};

onEachStore(tests);
onEachServer(tests);
