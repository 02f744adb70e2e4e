import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { snippetsIn } from "../docs/snippets.ts";
import { root } from "../project/imports.ts";
import { runIn } from "../package/command.ts";
import { packTarball, unpack } from "../package/tarball.ts";

/** A framework's own project below `test/web/projects`, with what its page of docs shows put into it. */
export interface Project {
  readonly directory: string;
  /** Runs a command of its dependencies: `node node_modules/…`. */
  run(script: string, ...args: string[]): Promise<string>;
}

/**
 * Installs a project once (again after its lock file changed) below `.cache/web`, and puts in the sources, the app of the docs and this package as
 * it would be published.
 *
 * @param page - of docs, whose fences that begin with a path as a comment are files of the app
 * @param node - the program that runs its commands
 */
export async function prepareProject(
  name: string,
  page: string,
  node: string = process.execPath,
): Promise<Project> {
  const source = join(root, "test/web/projects", name);
  const directory = join(root, ".cache/web", name);
  await install(source, directory);
  for (const file of await readdir(directory)) {
    if (!/^(node_modules|package.*\.json|installed)$/.test(file))
      await rm(join(directory, file), { recursive: true, force: true });
  }
  await cp(source, directory, { recursive: true });
  const written = join("docs", page);
  for (const { text } of snippetsIn(written, await readFile(join(root, written), "utf8"))) {
    const path = /^(?:\/\/|<!--|#) (?<path>[\w./+[\]()-]+\.\w+)(?: -->)?\n/.exec(text)?.groups?.[
      "path"
    ];
    if (path === undefined) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text.slice(text.indexOf("\n") + 1));
  }
  await nameDependency(join(directory, "package.json"));
  await putPackage(join(directory, "node_modules/persist-session"));
  return {
    directory,
    run: async (script, ...args) =>
      await runIn(directory, node, join(directory, "node_modules", script), ...args),
  };
}

async function install(source: string, directory: string): Promise<void> {
  const lock = await readFile(join(source, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const marker = join(directory, "installed");
  if ((await readFile(marker, "utf8").catch(() => "")) === wanted) return;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await cp(join(source, file), join(directory, file));
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--force"];
  await runIn(directory, "npm", "ci", ...flags);
  await writeFile(marker, wanted);
}

/** Bundlers leave out of a bundle what package.json names. Its lock file cannot name a package that is not published yet. */
async function nameDependency(file: string): Promise<void> {
  const manifest = JSON.parse(await readFile(file, "utf8")) as { dependencies: object };
  manifest.dependencies = { ...manifest.dependencies, "persist-session": "*" };
  await writeFile(file, JSON.stringify(manifest, undefined, 2));
}

let unpacked: Promise<string> | undefined;

async function putPackage(place: string): Promise<void> {
  unpacked ??= packTarball().then(async (tarball) => {
    process.once("exit", () =>
      rmSync(dirname(tarball.directory), { recursive: true, force: true }),
    );
    return await unpack(tarball);
  });
  const directory = await unpacked;
  await rm(place, { recursive: true, force: true });
  await cp(directory, place, { recursive: true });
}

/** A Node new enough for frameworks that want more than the oldest we support: the one that runs, or the one from npm. */
export async function newerNode(): Promise<string> {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major >= 24) return process.execPath;
  const directory = join(root, ".cache/web/node");
  await install(join(root, "test/web/projects/node"), directory);
  return join(directory, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
}
