// Builds the wheel and the sdist: node scripts/wheel.js [--out DIR]
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "./build/compile.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { root } from "./setup/project.js";
import { bundleCommand, copyLmdb } from "./wheel/bundle.js";
import { copyBinaries } from "./wheel/natives.js";
import { thirdPartyNotices } from "./wheel/notices.js";
import { packagePython } from "./wheel/package.js";

const { values } = parseArgs({ options: { out: { type: "string" } } });
const out = resolve(root, values.out ?? "python/dist");
const cache = join(root, ".cache/wheel");

ensureDependencies();
mkdirSync(cache, { recursive: true });
// A directory of its own for each build: several may run at once, and no dist/ of the project is
// touched.
const work = mkdtempSync(join(cache, "build-"));
try {
  const code = await compile(join(work, "dist"));
  if (code === 0) await buildWheel();
  else process.exitCode = code;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function buildWheel() {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // What is packed is put together elsewhere: a built gateway among the sources would be stale with
  // their next change.
  const staging = join(work, "staging");
  cpSync(join(root, "python"), staging, {
    recursive: true,
    filter: (path) => !/^(tests|dist|build|__pycache__|\..*|.*\.egg-info)$/.test(basename(path)),
  });
  cpSync(join(root, "LICENSE"), join(staging, "LICENSE"));
  const gateway = join(staging, "persist_session/engine/gateway");
  mkdirSync(gateway);
  const packages = [
    ...(await bundleCommand(work, gateway, version)),
    ...(await copyLmdb(gateway)),
    ...copyBinaries(gateway, work),
  ];
  writeFileSync(join(staging, "THIRD_PARTY_NOTICES"), thirdPartyNotices([...new Set(packages)]));
  rmSync(out, { recursive: true, force: true });
  for (const file of packagePython(staging, work, out))
    console.log(`${relative(root, file)}: ${(statSync(file).size / 1e6).toFixed(2)} MB`);
}
