// Runs a TypeScript program of this project, after installing what is missing: node scripts/run.js
// <file.ts> [arguments]
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand } from "./setup/command.js";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error("Usage: node scripts/run.js <file.ts> [arguments]");
  process.exit(2);
}
ensureDependencies();
process.exitCode = await runCommand(process.execPath, ["--import", "tsx", file, ...args]);
