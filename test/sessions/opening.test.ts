import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSessions, persist, restore } from "../../src/index.ts";
import { until } from "../support/until.ts";

@persist("opening.app")
class AppState {
  count = 0;
}

test("promise 10 (Failure is loud): a store that cannot be opened fails each call, and is there once it can be", async () => {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-"));
  const path = join(directory, "store");
  writeFileSync(path, "a file where the directory should be");
  const warnings: string[] = [];
  const sessions = createSessions({
    store: `lmdb:${path}`,
    secret: "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A",
    sweepInterval: false,
    log: (line) => void warnings.push(line),
  });
  try {
    await assert.rejects(sessions.ready, { name: "PersistError" });
    assert.equal(warnings.length, 1);
    const session = await sessions.open();
    await assert.rejects(
      session.run(async () => await restore(AppState)),
      { name: "PersistError" },
    );
    rmSync(path);
    await until("the store opens", async () => {
      const stored = session.run(async () => void ((await restore(AppState)).count = 3));
      return await stored.then(
        () => true,
        () => false,
      );
    });
    assert.equal(await session.run(async () => (await restore(AppState)).count), 3);
  } finally {
    await sessions.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test("update() reports its commit", async () => {
  const sessions = createSessions({ store: "memory:", sweepInterval: false });
  const commits: unknown[] = [];
  sessions.on("commit", ({ states, attributes }) => commits.push([states, attributes]));
  const session = await sessions.open();
  await session.run(async () => await session.update(AppState, (state) => void state.count++));
  await session.run(async () => await session.update(AppState, (state) => state.count));
  assert.deepEqual(commits, [[["opening.app"], 1]]);
  await sessions.close();
});

test("run() whose handler and commit both fail throws the handler's error and logs the commit's", async () => {
  const lines: string[] = [];
  const sessions = createSessions({
    store: "memory:",
    sweepInterval: false,
    log: (line) => void lines.push(line),
  });
  const errors: unknown[] = [];
  sessions.on("error", ({ error }) => errors.push(error));
  const session = await sessions.open();
  await assert.rejects(
    session.run(async () => {
      Object.assign(await restore(AppState), { count: () => 1 });
      throw new Error("handler");
    }),
    /handler/,
  );
  assert.equal(errors.length, 1);
  assert.match(lines.join(), /AppState\.count/);
  await sessions.close();
});
