import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../project/imports.ts";
import { runIn, tool } from "./command.ts";

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

async function packInto(base: string): Promise<Omit<Tarball, "remove">> {
  const staging = join(base, "staging");
  const packed = join(base, "packed");
  const directory = join(base, "work");
  await Promise.all([staging, packed, directory].map((path) => mkdir(path)));
  for (const project of ["tsconfig.build.json", "src/gateway/page/browser", "src/client"])
    await runIn(root, tool("tsc"), "-p", project, "--outDir", join(staging, "dist"));
  for (const name of await readdir(root)) {
    if (/^(package\.json|docs|python|[A-Z]+(\.md)?)$/.test(name)) {
      await cp(join(root, name), join(staging, name), { recursive: true });
    }
  }
  await runIn(staging, "npm", "pack", "--ignore-scripts", "--pack-destination", packed);
  const [file] = await readdir(packed);
  if (file === undefined) throw new Error("npm pack wrote no tarball");
  return { directory, file: join(packed, file) };
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
  await runIn(directory, "npm", "init", "-y");
  await runIn(directory, "npm", "pkg", "set", "type=module");
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await runIn(directory, "npm", "install", ...flags, file);
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
