// Everything that can be found without running the code: types, lint, format, unused code. All of
// it is run and reported, even if an earlier part failed.
import { join } from "node:path";
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand, wasInterrupted } from "./setup/command.js";
import { root } from "./setup/project.js";

/** @type {readonly (readonly [string, ...string[]])[]} */
const parts = [
  ["tsc", "-p", "tsconfig.json"],
  // What runs in the browser, with the browser's types and without Node's.
  ["tsc", "-p", "examples/express/tsconfig.client.json"],
  ["tsc", "-p", "src/gateway/page/browser", "--noEmit"],
  ["tsc", "-p", "src/client", "--noEmit"],
  ["tsc", "-p", "test/client/pages"],
  ["oxlint", "--type-aware", "--deny-warnings"],
  ["oxfmt", "--check"],
  ["knip", "--no-progress"],
];

ensureDependencies();
const failed = [];
for (const [command, ...args] of parts) {
  console.log(`> ${[command, ...args].join(" ")}`);
  const code = await runCommand(join(root, "node_modules/.bin", command), args);
  if (wasInterrupted()) process.exit(code);
  if (code !== 0) failed.push(command);
}
if (failed.length > 0) {
  console.error(`npm run check failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
