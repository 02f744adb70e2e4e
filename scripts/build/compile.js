import { join } from "node:path";
import { runCommand } from "../setup/command.js";
import { root } from "../setup/project.js";

// What runs in the browser is compiled apart, with the browser's types.
const PROJECTS = ["tsconfig.build.json", "src/gateway/page/browser", "src/client"];

/**
 * Compiles `src/` into a directory.
 *
 * @param {string} [directory] default: where the projects' own configuration says, which is `dist/`
 * @returns {Promise<number>} the exit code of the compiler: 0 if nothing was wrong
 */
export async function compile(directory) {
  let worst = 0;
  for (const project of PROJECTS) {
    const into = directory === undefined ? [] : ["--outDir", directory];
    const code = await runCommand(join(root, "node_modules/.bin/tsc"), ["-p", project, ...into]);
    if (code !== 0) worst = code;
  }
  return worst;
}
