import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { filesBelow, importsBelow, packageOf } from "../project/imports.ts";
import { runIn, tool } from "./command.ts";
import { packTarball, unpack, type Tarball } from "./tarball.ts";

/**
 * Packages that a built file may load. Frameworks hand over their objects, so their adapters need
 * no import at all.
 */
const MAY_LOAD: Record<string, RegExp> = {
  lmdb: /^dist\/store\/lmdb(\.js$|\/|-)/,
  pg: /^dist\/store\/postgres\//,
  redis: /^dist\/store\/redis\//,
  express: /^dist\/adapter\/express\.js$/,
  fastify: /^dist\/adapter\/fastify\.js$/,
  hono: /^dist\/adapter\/hono\.js$/,
  react: /^dist\/client\/react\.js$/,
  ws: /^dist\/adapter\/ws\.js$/,
  "smol-toml": /^dist\/cli\/settings\/table\.js$/,
  "@nestjs/common": /^dist\/adapter\/nest\.js$/,
  "@nestjs/core": /^dist\/adapter\/nest\.js$/,
  rxjs: /^dist\/adapter\/nest\.js$/,
  next: /^dist\/adapter\/next\.js$/,
};

let tarball: Tarball;
let content: string;

before(async () => {
  tarball = await packTarball();
  content = await unpack(tarball);
});
after(() => tarball?.remove());

test("the tarball holds the built library and its documents, nothing else", () => {
  const odd = filesBelow(content).filter(
    (file) =>
      !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file) &&
      !/^docs\/.+\.(md|svg|png)$/.test(file) &&
      !/^python\/(pyproject\.toml|README\.md)$/.test(file) &&
      !/^python\/(streamlit_)?persist_session\/(.+\.py|py\.typed)$/.test(file) &&
      !/^dist\/.+\.(js|d\.ts)$/.test(file),
  );
  assert.deepEqual(odd, []);
  const needed = ["README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"];
  const python = [
    "__init__.py",
    "__main__.py",
    "py.typed",
    "streamlit/resume/widgets.py",
    "streamlit/start/parent.py",
  ];
  for (const file of [
    ...needed,
    "dist/cli/main.js",
    "dist/gateway/page/browser/page.js",
    "python/streamlit_persist_session/py.typed",
    ...python.map((name) => `python/persist_session/${name}`),
  ]) {
    assert.ok(filesBelow(content).includes(file), `${file} is missing`);
  }
});

test("a built file loads no framework or driver but its own", () => {
  const strangers = importsBelow(content, ".js").filter(({ from, to }) => {
    if (to.startsWith("dist/")) return false;
    const name = packageOf(to);
    return name !== undefined && MAY_LOAD[name]?.test(from) !== true;
  });
  assert.deepEqual(strangers, []);
});

/**
 * For `identify`, which gets the framework's own request. Without the framework that one type is
 * not known, and all others hold.
 */
const OWN_REQUEST: Record<string, string> = {
  "dist/adapter/express.d.ts": "express",
  "dist/adapter/fastify.d.ts": "fastify",
  "dist/adapter/hono.d.ts": "hono",
};

test("the public types name no type of a framework or driver but its own request, and hold without it", async () => {
  const manifest = JSON.parse(await readFile(join(content, "package.json"), "utf8"));
  const reached = new Set<string>();
  const imports = importsBelow(content, ".d.ts");
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to } of imports) {
      if (from === file && to.startsWith("dist/")) reach(to.replace(/\.ts$/, ".d.ts"));
    }
  };
  for (const entry of Object.values(manifest.exports)) {
    if (typeof entry === "object") reach(normalize((entry as { types: string }).types));
  }
  assert.ok(reached.has("dist/store/store.d.ts"), "the public types lead to the store contract");
  const named = imports.filter(
    ({ from, to }) => reached.has(from) && !to.startsWith("dist/") && packageOf(to) !== undefined,
  );
  assert.deepEqual(Object.fromEntries(named.map(({ from, to }) => [from, to])), OWN_REQUEST);
  assert.equal(named.length, Object.keys(OWN_REQUEST).length);
  for (const [file, framework] of Object.entries(OWN_REQUEST)) {
    const text = await readFile(join(content, file), "utf8");
    assert.match(
      text,
      new RegExp(`/\\*\\* @ts-ignore .*\\*/\nimport type .* from "${framework}";\n`),
    );
  }
});

test("publint finds nothing", async () => {
  const output = await runIn(tarball.directory, tool("publint"), tarball.file, "--strict");
  assert.match(output, /All good!/);
});

test("are-the-types-wrong finds nothing", async () => {
  await runIn(tarball.directory, tool("attw"), tarball.file, "--profile", "esm-only");
});
