import { rmSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installProject, putSources } from "../../scripts/setup/web-project.js";
import { snippetsIn } from "../docs/snippets.ts";
import { root } from "../project/imports.ts";
import { holdLock } from "../support/lock.ts";
import { runIn } from "../package/command.ts";
import { packTarball, unpack } from "../package/tarball.ts";

/**
 * A framework's own project below `test/web/projects`, with what its page of docs shows put into
 * it.
 */
export interface Project {
  readonly directory: string;
  /** Runs a command of its dependencies: `node node_modules/…`. */
  run(script: string, ...args: string[]): Promise<string>;
}

/**
 * Installs a project once (again after its lock file changed) below `.cache/web`, and puts in the
 * sources, the app of the docs and this package as it would be published. Files with the same
 * project run one after another.
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
  await mkdir(dirname(directory), { recursive: true });
  await holdLock(`${directory}.lock`);
  await installProject(source, directory);
  await putSources(source, directory);
  const written = join("docs", page);
  for (const { text } of snippetsIn(written, await readFile(join(root, written), "utf8"))) {
    const path = /^(?:\/\/|<!--|#) (?<path>[\w./+[\]()-]+\.\w+)(?: -->)?\n/.exec(text)?.groups?.[
      "path"
    ];
    if (path === undefined) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text.slice(text.indexOf("\n") + 1));
  }
  await putPackage(join(directory, "node_modules/persist-session"));
  return {
    directory,
    run: async (script, ...args) =>
      await runIn(directory, node, join(directory, "node_modules", script), ...args),
  };
}

export { newerNode } from "../../scripts/setup/web-project.js";

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
