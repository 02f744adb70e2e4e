// Wraps the comments of all sources at 100 columns: a part of `npm run format`.
import { readFileSync, writeFileSync } from "node:fs";
import { markOf, sources } from "./comments/sources.js";
import { wrapComments } from "./comments/wrap.js";

for (const file of sources()) {
  const text = readFileSync(file, "utf8");
  const wrapped = wrapComments(text, markOf(file));
  if (wrapped === text) continue;
  writeFileSync(file, wrapped);
  console.log(`wrapped ${file}`);
}
