import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { serverDirectory, sharedTmpdir } from "./server-directory.ts";

const directory = useWorkDirectories();

test("root's servers get a place that other users may enter, if root's own is private", () => {
  const own = directory();
  mkdirSync(join(own, "below"));
  const open = join(own, "below");
  // One that is open itself, below one that is not.
  chmodSync(open, 0o755);
  chmodSync(own, 0o700);
  const link = join(directory(), "link");
  symlinkSync(open, link);
  const places = ["/no/such/place", own, open, link, "/"];
  assert.equal(sharedTmpdir(places, true), "/");
  assert.equal(sharedTmpdir(places.slice(1), false), own);
  assert.equal(sharedTmpdir([own, open], true), own, "there is no other");
});

test("the directory of a server has the name of the run of tests in its own", (t) => {
  const before = process.env["PERSIST_TEST_RUN"];
  process.env["PERSIST_TEST_RUN"] = "a-run";
  t.after(() => {
    if (before === undefined) delete process.env["PERSIST_TEST_RUN"];
    else process.env["PERSIST_TEST_RUN"] = before;
  });
  const made = serverDirectory("kind");
  t.after(() => rmdirSync(made));
  assert.match(basename(made), /^persist-session-kind-a-run\w+$/);
});
