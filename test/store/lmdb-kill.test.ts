import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { create, newCommit, textsOf, values } from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";
import { commitNumber, readNumber } from "./fixtures/numbered.ts";
import { startScript } from "./fixtures/script.ts";
import type { Script } from "./fixtures/script.ts";

const ROUNDS = 14;
const AT_A_TIME = 4;
const MAX_COMMITS = 40;

/**
 * Lets the writer commit for a random while, kills it, and gives the last number that it had
 * acknowledged.
 */
async function killAtRandom(writer: Script): Promise<number> {
  let last = 0;
  for (let left = 1 + Math.floor(Math.random() * MAX_COMMITS); left > 0; left--) {
    const line = await writer.line();
    if (line === undefined) {
      const { exitCode, signalCode } = writer.process;
      assert.fail(`the writer ended before it was killed: ${signalCode ?? exitCode}`);
    }
    last = Number(line);
  }
  const rest = await writer.kill();
  return Number(rest.at(-1) ?? last);
}

test("promise 1 (Reload): no acknowledged commit is lost and none is torn when the only process is killed", async () => {
  const places = Array.from({ length: AT_A_TIME }, newDirectory);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        places.map(async ({ path }) => {
          const last = await killAtRandom(startScript("commit-for-ever.ts", [path, "b:1"]));
          const store = await openLmdbStore({ path });
          const found = await readNumber(store, "b:1");
          // The commit that was under way may be there too; more than one cannot.
          assert.ok(found === last || found === last + 1, `acknowledged ${last}, found ${found}`);
          await store.close();
        }),
      );
    }
  } finally {
    for (const place of places) place.remove();
  }
});

test("promise 1 (Reload): no acknowledged commit is lost and none is torn when several processes are killed", async () => {
  const { path, remove } = newDirectory();
  const owners = Array.from({ length: AT_A_TIME }, (_, i) => `b:${i}`);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      // In every other round this process has the store open all the time: killed writers must not
      // block it.
      const survivor = round % 2 === 0 ? await openLmdbStore({ path }) : undefined;
      const writers = owners.map((owner) => startScript("commit-for-ever.ts", [path, owner]));
      const acknowledged = await Promise.all(writers.map(killAtRandom));
      const store = survivor ?? (await openLmdbStore({ path }));
      for (const [i, last] of acknowledged.entries()) {
        const found = await readNumber(store, `b:${i}`);
        assert.ok(found === last || found === last + 1, `acknowledged ${last}, found ${found}`);
      }
      await commitNumber(store, "b:own", round + 1);
      assert.equal(await readNumber(store, "b:own"), round + 1);
      await store.close();
    }
  } finally {
    remove();
  }
});

test("promise 1 (Reload): a process works on when others are killed while they wait for the disk", async () => {
  const { path, remove } = newDirectory();
  const store = await openLmdbStore({ path });
  try {
    const { epoch } = await create(store, "b:own", "app", { n: 0 });
    await create(store, "b:other", "app", { value: 0 });
    for (let round = 1; round <= ROUNDS; round++) {
      const writer = startScript("commit-large.ts", [path, "b:other"]);
      for (let left = 2; left > 0; left--) await writer.line();
      // A large commit spends most of its time at the disk.
      await setTimeout(Math.random() * 20);
      await writer.kill();
      const write = { state: "app", epoch, set: values({ n: round }) };
      const { outcomes } = await store.write("b:own", [write], newCommit());
      assert.equal(outcomes[0]?.outcome, "written");
      assert.deepEqual(textsOf(await store.read("b:own", "app")), { n: `${round}` });
    }
  } finally {
    await store.close();
    remove();
  }
});
