// Builds the package into dist/.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand } from "./setup/command.js";
import { root } from "./setup/project.js";

ensureDependencies();
rmSync(join(root, "dist"), { recursive: true, force: true });
process.exitCode = await runCommand(join(root, "node_modules/.bin/tsc"), [
  "-p",
  "tsconfig.build.json",
]);
