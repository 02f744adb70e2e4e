// Wraps the comments and docstrings of all sources at 100 columns: a part of `npm run format`.
import { readFileSync, writeFileSync } from "node:fs";
import { sources } from "./comments/sources.js";
import { wrapFile } from "./comments/wrap-file.js";

for (const file of sources()) {
  const text = readFileSync(file, "utf8");
  const wrapped = wrapFile(text, file);
  if (wrapped === text) continue;
  writeFileSync(file, wrapped);
  console.log(`wrapped ${file}`);
}
