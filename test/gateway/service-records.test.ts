import assert from "node:assert/strict";
import { test } from "node:test";
import { valuesOf } from "./service-client.ts";
import { onEachServer, onEachStore } from "./service-fixture.ts";

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("open gives session, cookie, tab and credential; isNew until something is stored", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const { cookie, tab, ephemeral, isNew, credential } = handle.opened;
    assert.deepEqual([cookie, tab, ephemeral, isNew], ["persist-session", "tab", false, true]);
    assert.equal(typeof credential, "string");
    await handle.write(await handle.life(), { a: "1" });
    const again = await one.open(sessions.ring, { session: handle.session });
    assert.equal(again.opened["isNew"], false);
  });

  test("restore tells absent, whole, changes and unchanged, and write what it did", async (t) => {
    const { client, sessions } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const absent = await handle.restore();
    assert.deepEqual(
      [absent["status"], absent["version"], absent["attributes"]],
      ["absent", 0, []],
    );
    const life = absent["life"] as number;
    const first = await handle.write(life, { a: "1", b: "2" });
    assert.deepEqual([first["outcome"], first["previous"]], ["written", 0]);
    const whole = await handle.restore();
    assert.equal(whole["status"], "whole");
    assert.equal(whole["life"], life, "the life goes on");
    assert.deepEqual(valuesOf(whole), { a: "1", b: "2" });
    const known = { epoch: whole["epoch"], version: whole["version"] };
    assert.equal((await handle.restore({ known }))["status"], "unchanged");
    await handle.write(life, { b: "3" }, { remove: ["a"] });
    const changes = await handle.restore({ known });
    assert.equal(changes["status"], "changes");
    assert.deepEqual(valuesOf(changes), { b: "3" });
    assert.deepEqual(changes["removed"], [["a", changes["version"]]]);
  });

  test("promise 8 (Deploys): a late write of older code leaves the version that a newer release has migrated to", async (t) => {
    const { client, sessions } = await begin(t);
    const old = await (await client()).open(sessions.ring);
    const life = await old.life();
    const { version } = await old.write(life, { name: '"Ann Lee"' });
    const newer = await (await client()).open(sessions.ring, { session: old.session });
    const migrate = { schema: 2, base: version, remove: ["name"] };
    await newer.write(await newer.life(), { first: '"Ann"' }, migrate);
    await old.write(life, { name: '"Ann"' });
    assert.equal((await newer.restore())["schema"], 2);
    await old.write(life, { name: '"Eve"' }, {}, { theme: '"light"' });
    const after = await newer.restore();
    assert.equal(after["schema"], 2);
    assert.deepEqual(valuesOf(after), { first: '"Ann"', name: '"Eve"' });
  });

  test("promise 8 (Deploys): a first write of older code leaves the version of the record that newer code has created meanwhile", async (t) => {
    const { client, sessions } = await begin(t);
    const old = await (await client()).open(sessions.ring);
    const newer = await (await client()).open(sessions.ring, { session: old.session });
    const lives = [await old.life(), await newer.life()] as const;
    await newer.write(lives[1], { first: '"Ann"' }, { schema: 2 }, { last: '""' });
    const late = await old.write(lives[0], { name: '"Ann Lee"' }, {}, { theme: '"light"' });
    assert.equal(late["outcome"], "written");
    const after = await newer.restore();
    assert.equal(after["schema"], 2);
    assert.deepEqual(valuesOf(after), { first: '"Ann"', last: '""', name: '"Ann Lee"' });
  });

  test("write carries every byte of every format", async (t) => {
    const { client, sessions } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const values = [`B${all}`, `A${all}`, `P${all}`, "J[]", "B", `B${"x".repeat(300_000)}`];
    const set = values.map((_, at) => `name ${at}`);
    await handle.call("write", { life, set }, values);
    assert.deepEqual((await handle.restore()).blobs, values);
  });

  test("writes sent before the record's creation is acknowledged belong to one life, in their order", async (t) => {
    const { client, sessions } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    const writes = Array.from(
      { length: 50 },
      async (_, at) => await handle.write(life, { last: `${at}`, [`n${at}`]: "1" }, {}, { d: "0" }),
    );
    const restored = handle.values();
    const epochs = new Set((await Promise.all(writes)).map(({ epoch }) => epoch));
    assert.equal(epochs.size, 1);
    const values = await restored;
    assert.equal(values["last"], "49");
    assert.equal(Object.keys(values).length, 52);
  });

  test("promise 4 (Merging): two clients racing on a first write both keep what they set, and no default goes over it", async (t) => {
    const { client, sessions, other } = await begin(t);
    const there = await other();
    for (let round = 0; round < 20; round++) {
      const one = await (await client()).open(sessions.ring);
      const two = await (await there.client()).open(sessions.ring, { session: one.session });
      const lives = [await one.life(), await two.life()] as const;
      const defaults = { a: "0", b: "0", c: "0" };
      const outcomes = await Promise.all([
        one.write(lives[0], { a: "1" }, {}, { b: "0", c: "0" }),
        two.write(lives[1], { b: "2" }, {}, { a: "0", c: "0" }),
      ]);
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ["written", "written"],
      );
      assert.deepEqual(await one.values(), { ...defaults, a: "1", b: "2" });
    }
  });

  test("a default goes along only if its name was never stored", async (t) => {
    const { client, sessions } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    await handle.write(life, { a: "1", gone: "1" });
    await handle.write(life, {}, { remove: ["gone"] });
    await handle.write(life, { b: "2" }, {}, { a: "0", gone: "0", fresh: "0" });
    assert.deepEqual(await handle.values(), { a: "1", b: "2", fresh: "0" });
  });

  test("promise 4 (Merging): increments by writes with a base add up, from two processes", async (t) => {
    const { client, sessions, other } = await begin(t);
    const one = await (await client()).open(sessions.ring);
    const two = await (
      await (await other()).client()
    ).open(sessions.ring, { session: one.session });
    const increment = async (handle: typeof one): Promise<void> => {
      for (;;) {
        const found = await handle.restore();
        const base = found["status"] === "absent" ? "absent" : found["version"];
        const count = Number(valuesOf(found)["count"] ?? "0") + 1;
        const { outcome } = await handle.write(
          found["life"] as number,
          { count: `${count}` },
          { base },
        );
        if (outcome === "written") return;
        assert.equal(outcome, "conflict");
      }
    };
    const rounds = async (handle: typeof one): Promise<void> => {
      for (let at = 0; at < 50; at++) await increment(handle);
    };
    await Promise.all([rounds(one), rounds(two)]);
    assert.deepEqual(await one.values(), { count: "100" });
  });

  test("a write that repeats its commit is answered and not done twice", async (t) => {
    const { client, sessions } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const life = await handle.life();
    const { version } = await handle.write(life, { count: "1" });
    const fields = { base: version, commit: "the-same" };
    const first = await handle.write(life, { count: "2" }, fields);
    await handle.write(life, { other: "1" });
    const again = await handle.write(life, { count: "2" }, fields);
    assert.deepEqual(
      [again["outcome"], again["version"], again["previous"]],
      ["written", first["version"], first["previous"]],
    );
    assert.equal(
      (await handle.write(life, { count: "2" }, { base: version }))["outcome"],
      "conflict",
    );
  });

  test("promise 5 (Clear is final): a late write from another tab or process is refused", async (t) => {
    const { client, sessions, other } = await begin(t);
    const one = await (await client()).open(sessions.ring);
    const two = await (await client()).open(sessions.ring, { session: one.session, tab: "two" });
    const far = await (
      await (await other()).client()
    ).open(sessions.ring, { session: one.session });
    const life = await one.life();
    await one.write(life, { a: "1" });
    const late = [await two.life(), await far.life()] as const;
    await one.call("clear", { life });
    for (const [handle, old] of [
      [one, life],
      [two, late[0]],
      [far, late[1]],
    ] as const) {
      assert.equal((await handle.write(old, { a: "late" }))["outcome"], "ended");
      assert.equal((await handle.write(old, { a: "late" }))["outcome"], "ended");
    }
    const absent = await one.restore();
    assert.equal(absent["status"], "absent");
    assert.notEqual(absent["life"], life);
    await one.write(absent["life"] as number, { b: "2" });
    assert.equal((await two.write(late[0], { a: "late" }))["outcome"], "ended");
    // Clearing a life that is over leaves the next one alone.
    await one.call("clear", { life });
    assert.deepEqual(await far.values(), { b: "2" });
  });

  test("promise 5 (Clear is final): a first write that comes after another's clear is refused", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await (await client()).open(sessions.ring);
    const two = await (await client()).open(sessions.ring, { session: one.session });
    const late = await two.life();
    await one.call("clear", { life: await one.life() });
    assert.equal((await two.write(late, { a: "late" }, {}, { b: "0" }))["outcome"], "ended");
    assert.equal((await one.restore())["status"], "absent");
  });

  test("states of owner user and tab are kept by user and by tab", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await (await client()).open(sessions.ring);
    const elsewhere = await (await client()).open(sessions.ring, { tab: "other" });
    const sameBrowser = await (
      await client()
    ).open(sessions.ring, { session: one.session, tab: "two" });
    const ann = { owner: "user", user: { issuer: "https://id", subject: "ann" } };
    const bob = { owner: "user", user: { issuer: "https://id", subject: "bob" } };
    await one.write(await one.life(ann), { name: '"Ann"' });
    await one.write(await one.life({ owner: "tab" }), { tab: "1" });
    await one.write(await one.life(), { browser: "1" });
    assert.deepEqual(await elsewhere.values(ann), { name: '"Ann"' });
    assert.deepEqual(await elsewhere.values(bob), {});
    assert.deepEqual(await elsewhere.values(), {});
    assert.deepEqual(await sameBrowser.values({ owner: "tab" }), {});
    assert.deepEqual(await sameBrowser.values(), { browser: "1" });
    assert.deepEqual(await one.values({ owner: "tab" }), { tab: "1" });
    for (const nobody of [undefined, { subject: "" }]) {
      await assert.rejects(one.restore({ owner: "user", user: nobody }), { code: "ERR_NO_USER" });
    }
  });

  test("promise 6 (Isolation): pages that did not say their tab share no state of owner tab", async (t) => {
    const { client, sessions } = await begin(t);
    const one = await (await client()).open(sessions.ring, { tab: null });
    const two = await (await client()).open(sessions.ring, { session: one.session, tab: null });
    await one.write(await one.life({ owner: "tab" }), { a: "1" });
    assert.deepEqual(await one.values({ owner: "tab" }), { a: "1" });
    assert.deepEqual(await two.values({ owner: "tab" }), {});
  });
};

onEachStore(tests);
onEachServer(tests);
