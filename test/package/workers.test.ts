import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { root } from "../project/imports.ts";
import { runIn } from "./command.ts";
import { packTarball, type Tarball, unpack } from "./tarball.ts";

let tarball: Tarball;
let directory: string;

before(async () => {
  tarball = await packTarball();
  directory = tarball.directory;
  const content = await unpack(tarball);
  const place = join(directory, "node_modules/persist-session");
  await mkdir(dirname(place), { recursive: true });
  await symlink(content, place, "dir");
  // At hand, so a bundler that finds an import of it takes it in.
  await symlink(join(root, "node_modules/lmdb"), join(directory, "node_modules/lmdb"), "dir");
});
after(() => tarball?.remove());

const program = `
  import { createSessions, persist, restore } from "persist-session";
  import { withSession } from "persist-session/hono";
  import { openLmdbStore } from "persist-session/store/lmdb";
  import { memoryStore } from "persist-session/store/memory";

  class AppState { count = 0; }
  persist("app-state", AppState);
  const secret = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
  const told = async (work) => await Promise.resolve().then(work).then(() => "nothing", (error) => error.code);

  const handler = withSession(async () => Response.json(++(await restore(AppState)).count), {
    store: memoryStore(), secret, sweepInterval: false,
  });
  const first = await handler(new Request("http://localhost/"));
  const cookie = first.headers.get("set-cookie").split(";")[0];
  const second = await handler(new Request("http://localhost/", { headers: { cookie } }));
  const sessions = (options) => createSessions({ sweepInterval: false, log() {}, ...options });
  console.log(JSON.stringify([
    await second.json(),
    await told(() => openLmdbStore({ path: "data" })),
    await told(() => sessions({ secret }).ready),
    await told(() => sessions({ store: { ...memoryStore(), name: "own" } })),
    await told(() => sessions({})),
  ]));
`;

const expected = [
  2,
  "ERR_STORE_BINARY",
  "ERR_STORE_BINARY",
  "ERR_SECRET_REQUIRED",
  "ERR_SECRET_REQUIRED",
];

test("for runtimes without files a bundler takes nothing of lmdb, and what is missing has a named error", async () => {
  const entry = join(directory, "worker.mjs");
  await writeFile(entry, program);
  for (const condition of ["workerd", "worker", "edge-light"]) {
    const outfile = join(directory, `${condition}-bundle.mjs`);
    const { metafile } = await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      conditions: [condition],
      external: ["node:*"],
      metafile: true,
      logLevel: "error",
    });
    // With "sideEffects": false, what is not used has no bytes in it.
    const taken = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => file.replace(/.*\/dist\//, "")),
    );
    const native = taken.filter((file) => /\blmdb\b|\.node$|secret-file/.test(file));
    assert.deepEqual(native.toSorted(), ["identity/no-secret-file.js", "store/no-lmdb.js"]);
    // Drivers that are not installed stay outside: their stores load them if they are opened.
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
    const foreign = new Set(
      outside.map(({ path }) => path).filter((path) => !path.startsWith("node:")),
    );
    assert.deepEqual([...foreign].toSorted(), ["pg", "redis"]);
    const printed = await runIn(directory, process.execPath, outfile);
    assert.deepEqual(JSON.parse(printed), expected);
  }
});

test("without a bundler, Node takes the same files by --conditions", async () => {
  const printed = await runIn(directory, process.execPath, "--conditions=workerd", "worker.mjs");
  assert.deepEqual(JSON.parse(printed), expected);
});
