// Builds the package into dist/.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./build/compile.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { root } from "./setup/project.js";

ensureDependencies();
rmSync(join(root, "dist"), { recursive: true, force: true });
process.exitCode = await compile();
