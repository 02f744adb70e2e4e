// npm run test:web [-- next sveltekit …] Builds small apps of web frameworks as they are built for
// production, and drives them. Each framework is installed once, below .cache/web.
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./setup/command.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { endLeftovers } from "./setup/leftovers.js";
import { root } from "./setup/project.js";
import { homeForTests, testEnvironment } from "./setup/test-environment.js";

const ENDING = ".web.ts";

const wanted = process.argv.slice(2);
const known = readdirSync(join(root, "test/web"))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no test of ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  process.exit(1);
}
ensureDependencies();
const files = (wanted.length === 0 ? known : wanted).map((name) =>
  join(root, "test/web", name + ENDING),
);
const home = homeForTests();
const run = randomUUID();
process.exitCode = await runCommand(
  process.execPath,
  [
    "--import",
    pathToFileURL(join(root, "scripts/setup/typescript.js")).href,
    "--test",
    "--test-reporter=spec",
    // A build takes all the processors that it finds. Two at a time showed no gain.
    "--test-concurrency=1",
    "--test-timeout=900000",
    ...files,
  ],
  {
    env: { ...testEnvironment(process.env), ...home.env, PERSIST_TEST_RUN: run },
    onExit: () => endLeftovers(run),
  },
);
home.remove();
