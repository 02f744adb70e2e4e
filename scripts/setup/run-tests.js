// Runs test files in the order given, several at a time: node [options] scripts/setup/run-tests.js
// FILE … `node --test` sorts them by name; then the longest may begin last, and the run waits for
// it.
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { testConcurrency } from "./concurrency.js";

/** @param {string} name */
function option(name) {
  const value = process.execArgv.findLast((arg) => arg.startsWith(`--${name}=`));
  return value === undefined ? undefined : Number(value.slice(name.length + 3));
}

const files = process.argv.slice(2);
const concurrency = option("test-concurrency") ?? testConcurrency();
// Ends a test that hangs; none may take as long as this.
const timeout = option("test-timeout") ?? 600_000;

const stream = run({ files, concurrency, timeout });
stream.on("test:fail", () => (process.exitCode = 1));
stream.compose(new spec()).pipe(process.stdout);
