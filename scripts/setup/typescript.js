// Runs TypeScript from source: node --import ./scripts/setup/typescript.js program.ts Every test
// file and every program that a test starts is a process of its own, so a start has to cost little:
// what is compiled stays in .cache/, and it reads nothing else. See
// decisions/0045-where-the-tests-time-goes.md.
import * as nodeModule from "node:module";
import { load, resolve } from "./typescript-hooks.js";

const { registerHooks } = /** @type {{ registerHooks?: (hooks: object) => void }} */ (nodeModule);
// Newer versions of Node have hooks in the program's own thread, which start faster.
if (registerHooks === undefined) nodeModule.register("./typescript-hooks.js", import.meta.url);
else registerHooks({ load, resolve });
process.setSourceMapsEnabled(true);
