import assert from "node:assert/strict";
import { test } from "node:test";
import { joinSession } from "../../src/sessions/records/join.ts";
import { valuesOf } from "./service-client.ts";
import { onEachServer, onEachStore } from "./service-fixture.ts";

const DEFAULTS = { count: "0", left: '""', right: '""', made: '"one"' };

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("two first sessions that are joined keep what was set in either, and no default wins over it", async (t) => {
    const { client, sessions } = await begin(t);
    const from = await (await client()).open(sessions.ring);
    const to = await (await client()).open(sessions.ring);
    // As two tabs do it: each stores what its visitor did, and the class's defaults of all else.
    await from.write(await from.life(), { right: '"kept"', left: '"mine"' }, {}, DEFAULTS);
    const life = await to.life();
    await to.write(life, { count: "1" }, {}, { ...DEFAULTS, made: '"other"' });
    await to.write(life, { left: '"later"' });
    await joinSession(sessions.engine, from.session, to.session);
    assert.deepEqual(await to.values(), {
      count: "1",
      // Set in both: that of the session which stays.
      left: '"later"',
      right: '"kept"',
      // A default in both, and not the same one.
      made: '"other"',
    });
  });

  test("the same when another process has made one of the two records", async (t) => {
    const { client, sessions, other } = await begin(t);
    const beside = await other();
    const open = async (of: typeof beside) => await (await of.client()).open(sessions.ring);
    const expected = { ...DEFAULTS, count: "1", right: '"kept"' };

    const [theirs, ours] = [await open(beside), await open({ ...beside, client })];
    await theirs.write(await theirs.life(), { right: '"kept"' }, {}, DEFAULTS);
    await ours.write(await ours.life(), { count: "1" }, {}, DEFAULTS);
    await joinSession(sessions.engine, theirs.session, ours.session);
    assert.deepEqual(await ours.values(), expected);

    // Now the one that stays is the other process's: its defaults are known from the one that ends.
    const [from, to] = [await open({ ...beside, client }), await open(beside)];
    const life = await from.life();
    await from.write(life, { count: "1" }, {}, DEFAULTS);
    await from.write(life, { right: '"kept"' });
    await to.write(await to.life(), { count: "2" }, {}, DEFAULTS);
    await joinSession(sessions.engine, from.session, to.session);
    assert.deepEqual(await to.values(), { ...expected, count: "2" });
  });

  for (const [from, to] of [
    [1, 2],
    [2, 1],
  ] as const)
    test(`promise 8 (Deploys): a record of version ${from} is not mixed into one of version ${to}`, async (t) => {
      const { client, sessions, warnings } = await begin(t);
      const leaves = await (await client()).open(sessions.ring);
      const stays = await (await client()).open(sessions.ring);
      await leaves.write(await leaves.life(), { cents: "500" }, { schema: from }, { theme: "1" });
      await leaves.write(await leaves.life({ state: "other" }), { a: "1" }, { schema: from });
      await stays.write(await stays.life(), { euros: "7" }, { schema: to }, { note: "1" });
      await joinSession(sessions.engine, leaves.session, stays.session);
      const restored = await stays.restore();
      assert.equal(restored["schema"], to);
      assert.deepEqual(valuesOf(restored), { euros: "7", note: "1" });
      const other = await stays.restore({ state: "other" });
      assert.equal(other["schema"], from, "a state that only one of them has goes along");
      assert.deepEqual(valuesOf(other), { a: "1" });
      assert.deepEqual(
        warnings.filter((line) => line.includes("joined")),
        [
          'persist-session: two first sessions of one browser were joined, but not their states "app": ' +
            `one has version ${from}, the one that stays has version ${to}`,
        ],
      );
    });
};

onEachStore(tests);
onEachServer(tests);
