import assert from "node:assert/strict";
import { test } from "node:test";
import { keptLine } from "../../src/cli/banner.ts";
import { useCommand } from "./running.ts";
import { useWorkDirectories } from "./work-directory.ts";

const resume = { keepFor: 5400, keepMax: 500, atLeast: true };
const { run } = useCommand();
const directory = useWorkDirectories();

test("the banner's second line says what is kept, how long and where", () => {
  const line = (store: string | undefined, ttl?: string) =>
    keptLine({ store, stateDir: ".persist-session", ttl, resume: false });
  assert.equal(
    keptLine({ store: undefined, stateDir: "state", ttl: undefined, resume }),
    "Kept over a reload: session state and widgets, 90m. Kept: classes with @persist, 30d, in state (LMDB)",
  );
  assert.equal(
    keptLine({ store: undefined, stateDir: "state", ttl: undefined, resume, keep: true }),
    "Kept: session state and widgets of each tab, and classes with @persist, 30d, in state (LMDB)",
  );
  assert.equal(line("lmdb:./own", "3600"), "Kept: classes with @persist, 1h, in ./own (LMDB)");
  assert.match(line("memory:", "7d"), /, 7d, in the memory of this process alone$/);
  assert.match(line("redis://cache:6379/2", "61"), /, 61s, in Redis at cache:6379$/);
  assert.match(line("postgresql:///app?host=/run/pg"), /in PostgreSQL$/);
});

test("the banner holds no password of a store", () => {
  for (const store of [
    "rediss://user:hunter2@cache.internal/0",
    "redis://:hunter2@cache.internal?password=hunter2",
    "postgres://app:hunter2@db.internal/app?password=hunter2#hunter2",
    "postgres://app:hunter2@bad host/app",
  ])
    assert.ok(!keptLine({ store, stateDir: "d", ttl: "1d", resume }).includes("hunter2"), store);
});

test("run prints two lines when the app is up: its URL, and what is kept", async () => {
  const cwd = directory({
    "app.py": "import streamlit as st\nst.write('here')\n",
    "pyproject.toml": '[tool.persist-session]\nttl = "2d"\nstate-dir = "by-table"\n',
  });
  const { output } = await run([], { cwd, env: { PERSIST_SESSION_RESUME_FOR: "2h" } });
  assert.match(
    output(),
    /\n {2}Streamlit [\d.]+, Python [\d.]+: http:\/\/localhost:\d+\n {2}Kept over a reload: session state and widgets, 2h\. Kept: classes with @persist, 2d, in by-table \(LMDB\)\n/,
  );
});
