import { allModules, namedModules, testModules } from "./modules.ts";

// Every module of python/tests but those that another test file runs by name.
const named = new Set(namedModules());
await testModules(allModules().filter((name) => !named.has(name)));
