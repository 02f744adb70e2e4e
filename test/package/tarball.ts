import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../project/imports.ts";
import { runIn, tool } from "./command.ts";
import { keyOf, madeOnce } from "./made-once.ts";

/** The package as it would be published, built in a directory of its own. */
export interface Tarball {
  /** An empty directory for the test's use, removed with the rest. */
  readonly directory: string;
  /** The tarball's path. */
  readonly file: string;
  remove(): Promise<void>;
}

/** Builds and packs the package without touching the project's own dist/. */
export async function packTarball(): Promise<Tarball> {
  const base = await mkdtemp(join(tmpdir(), "persist-session-pack-"));
  const remove = () => rm(base, { recursive: true, force: true });
  try {
    return { ...(await packInto(base)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What is packed, but for the compiled code. */
const PACKED = /^(package\.json|docs|python|[A-Z]+(\.md)?)$/;

/** What the package is made from. */
async function packageKey(): Promise<string> {
  const packed = (await readdir(root)).filter((name) => PACKED.test(name));
  const configurations = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];
  return keyOf([...packed, "src", ...configurations, "test/package/tarball.ts"]);
}

async function packInto(base: string): Promise<Omit<Tarball, "remove">> {
  const directory = join(base, "work");
  await mkdir(directory);
  const packed = await madeOnce("packed", await packageKey(), pack);
  const [name] = await readdir(packed);
  if (name === undefined) throw new Error("npm pack wrote no tarball");
  const file = join(base, name);
  await cp(join(packed, name), file);
  return { directory, file };
}

/** Builds the package and writes its tarball into a directory. */
async function pack(into: string): Promise<void> {
  const staging = await mkdtemp(join(tmpdir(), "persist-session-staging-"));
  try {
    for (const project of ["tsconfig.build.json", "src/gateway/page/browser", "src/client"])
      await runIn(root, tool("tsc"), "-p", project, "--outDir", join(staging, "dist"));
    for (const name of await readdir(root)) {
      if (PACKED.test(name)) await cp(join(root, name), join(staging, name), { recursive: true });
    }
    await runIn(staging, "npm", "pack", "--ignore-scripts", "--pack-destination", into);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Unpacks the tarball and gives the directory that holds what is in it. */
export async function unpack({ directory, file }: Tarball): Promise<string> {
  await runIn(directory, "tar", "-xzf", file);
  return join(directory, "package");
}

/**
 * Installs the tarball as a user would who forbids install scripts. Gives the directory of the
 * user's project.
 */
export async function installTarball({ directory, file }: Tarball): Promise<string> {
  const installed = await madeOnce("installed", await packageKey(), async (project) => {
    await cp(file, join(project, basename(file)));
    await runIn(project, "npm", "init", "-y");
    await runIn(project, "npm", "pkg", "set", "type=module");
    const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await runIn(project, "npm", "install", ...flags, `./${basename(file)}`);
  });
  await cp(installed, directory, { recursive: true, verbatimSymlinks: true });
  return directory;
}

/**
 * Compiler options that show a project the types of Node and of no other package. (This project's
 * own `@types` directory would also lend it those of the frameworks.)
 */
export async function nodeTypes(
  directory: string,
): Promise<{ types: string[]; typeRoots: string[] }> {
  const typeRoot = join(directory, "node-types");
  await mkdir(typeRoot, { recursive: true });
  await symlink(join(root, "node_modules/@types/node"), join(typeRoot, "node"), "dir");
  return { types: ["node"], typeRoots: [typeRoot] };
}
