import assert from "node:assert/strict";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { nodeFileTrace } from "@vercel/nft";
import { runIn } from "./command.ts";
import { installTarball, packTarball, type Tarball } from "./tarball.ts";

let tarball: Tarball;
let directory: string;

before(async () => {
  tarball = await packTarball();
  directory = await installTarball(tarball);
});
after(() => tarball?.remove());

const program = `
  import { createSessions, persist, restore } from "persist-session";
  class AppState { count = 0; }
  persist("app-state", AppState);
  const sessions = createSessions({ store: "lmdb:./data", secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi" });
  try {
    const session = await sessions.open();
    await session.run(async () => void (await restore(AppState)).count++);
    console.log(JSON.stringify(await session.run(async () => (await restore(AppState)).count)));
  } catch (error) {
    console.log(JSON.stringify([error.code, error.message]));
  }
  await sessions.close().catch(() => {});
`;

/** What Nuxt's and Next's builds copy: the files that the tracer finds, and nothing else. */
async function copyTraced(name: string): Promise<string> {
  await writeFile(join(directory, "program.js"), program);
  const { fileList } = await nodeFileTrace([join(directory, "program.js")], { base: directory });
  const copy = join(tarball.directory, "..", name);
  for (const file of fileList) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(directory, file), join(copy, file));
  }
  return copy;
}

test("a build that copies what a tracer finds has LMDB's compiled binary, and runs", async () => {
  const copy = await copyTraced("traced");
  assert.equal((await runIn(copy, process.execPath, "program.js")).trim(), "1");
});

test("where LMDB's compiled binary is missing, the store is ERR_STORE_BINARY, which says what to do", async () => {
  const copy = await copyTraced("bare");
  await rm(join(copy, "node_modules/@lmdb"), { recursive: true });
  const output = await runIn(copy, process.execPath, "program.js");
  const [code, message] = JSON.parse(output.trim().split("\n").at(-1) ?? "") as [string, string];
  assert.equal(code, "ERR_STORE_BINARY");
  assert.match(message, /@lmdb\/lmdb-.*optional.*outputFileTracingIncludes.*traceInclude/);
});

test("where lmdb itself is missing, as after a bundler's work, the other stores and the module work", async () => {
  const copy = await copyTraced("without");
  await rm(join(copy, "node_modules/lmdb"), { recursive: true });
  const output = await runIn(copy, process.execPath, "program.js");
  assert.match(output, /ERR_STORE_BINARY/);
  const memory = join(copy, "memory.js");
  await writeFile(memory, program.replace("lmdb:./data", "memory:"));
  assert.equal((await runIn(copy, process.execPath, "memory.js")).trim(), "1");
});
