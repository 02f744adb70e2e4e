// Builds the package into dist/.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand } from "./setup/command.js";
import { root } from "./setup/project.js";

ensureDependencies();
rmSync(join(root, "dist"), { recursive: true, force: true });
// What runs in the browser is compiled apart, with the browser's types.
for (const project of ["tsconfig.build.json", "src/gateway/page/browser", "src/client"]) {
  const code = await runCommand(join(root, "node_modules/.bin/tsc"), ["-p", project]);
  if (code !== 0) process.exitCode = code;
}
