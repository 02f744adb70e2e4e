import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import type { Store } from "../../src/store/store.ts";
import { create, newCommit, textsOf, values } from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";
import { DEADLINE } from "../support/until.ts";
import { startScript } from "./fixtures/script.ts";

let place = newDirectory();
let store: Store;
beforeEach(async () => {
  place = newDirectory();
  store = await openLmdbStore({ path: place.path });
});
afterEach(async () => {
  await store.close();
  place.remove();
});

test("promise 4 (Merging): write() with a base counts exactly when three processes compete", async () => {
  const owner = "b:count";
  await create(store, owner, "app", { count: 0 });
  const scripts = [1, 2, 3].map(() => startScript("count.ts", [place.path, owner, "150"]));
  const codes = await Promise.all(
    scripts.map(async (script) => (await once(script.process, "close"))[0]),
  );
  assert.deepEqual(codes, [0, 0, 0]);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "450" });
});

test("promise 4 (Merging): four workers of node:cluster open one store and count exactly", async () => {
  const owner = "b:cluster";
  await create(store, owner, "app", { count: 0 });
  const script = startScript("cluster-count.ts", [place.path, owner, "50", "4"]);
  assert.equal((await once(script.process, "close"))[0], 0);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "200" });
});

test("read() sees another process's acknowledged commit when it read before in the same turn of the event loop", async () => {
  const owner = "b:trap";
  const { epoch } = await create(store, owner, "app", { n: 0 });
  assert.ok(epoch > 0);
  const [requests, answers] = [
    join(place.path, "..", "requests"),
    join(place.path, "..", "answers"),
  ];
  writeFileSync(requests, "0");
  const script = startScript("commit-on-request.ts", [place.path, owner, requests, answers]);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const waitFor = (n: number): void => {
    const end = Date.now() + DEADLINE;
    while (!existsSync(answers) || Number(readFileSync(answers, "utf8") || -1) !== n) {
      assert.ok(Date.now() < end, `no answer to ${n}`);
      Atomics.wait(pause, 0, 0, 1);
    }
  };
  waitFor(0);
  let stale = 0;
  for (let n = 1; n <= 300; n++) {
    // All of this is one turn of the event loop: the awaits are answered without one.
    await store.read(owner, "app");
    writeFileSync(requests, String(n));
    waitFor(n);
    if (textsOf(await store.read(owner, "app"))?.["n"] !== String(n)) stale++;
  }
  assert.equal(stale, 0);
  writeFileSync(requests, "-1");
  assert.equal((await once(script.process, "close"))[0], 0);
});

test("openLmdbStore() works on while other processes open, close and die", async () => {
  const scripts = [1, 2, 3].map(() => startScript("hold-open.ts", [place.path]));
  for (const script of scripts) assert.equal(await script.line(), "open");
  await scripts[0]?.kill();
  scripts[1]?.process.stdin?.end();
  await create(store, "b:1", "app", { a: 1 });
  assert.deepEqual(textsOf(await store.read("b:1", "app")), { a: "1" });
  await scripts[2]?.kill();
  await create(store, "b:2", "app", { a: 1 });
});

test("openLmdbStore() works on while others read and write when one process has opened the directory twice", async () => {
  const second = await openLmdbStore({ path: place.path });
  await create(store, "b:twice", "app", { count: 0 });
  for (const expected of ["2", "4"]) {
    const script = startScript("count.ts", [place.path, "b:twice", "2"]);
    assert.equal((await once(script.process, "close"))[0], 0);
    assert.deepEqual(textsOf(await store.read("b:twice", "app")), { count: expected });
  }
  await second.close();
});

test("promise 1 (Reload): no acknowledged commit is lost when other processes open the store in between", async () => {
  const { epoch, version } = await create(store, "b:open", "app", { n: 0 });
  const scripts = [1, 2].map(() => startScript("open-often.ts", [place.path]));
  await Promise.all(scripts.map((script) => script.line()));
  for (let n = 1; n <= 3000; n++) {
    const write = { state: "app", epoch, set: values({ n }) };
    const { outcomes } = await store.write("b:open", [write], newCommit());
    // The version counts each commit, also the one before this one.
    assert.deepEqual(outcomes, [
      { outcome: "written", epoch, version: version + n, previous: version + n - 1 },
    ]);
  }
  for (const { process } of scripts) process.stdin?.end();
  const ends = scripts.map(async ({ process }) => (await once(process, "close"))[0]);
  assert.deepEqual(await Promise.all(ends), [0, 0]);
  assert.deepEqual(textsOf(await store.read("b:open", "app")), { n: "3000" });
});
