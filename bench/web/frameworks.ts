import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  fingerprint,
  installProject,
  newerNode,
  putPackage,
  putSources,
  runQuietly,
} from "../../scripts/setup/web-project.js";
import { startServer, type WebServer } from "../../test/web/server.ts";

/** A web framework with the bench's app, which has one route for each variant. */
export interface Framework {
  readonly name: string;
  readonly title: string;
  /** Where in its project the modules that all apps share go. */
  readonly lib: string;
  readonly build: readonly [string, ...string[]];
  readonly start: readonly string[];
  /** Packages whose versions are told. */
  readonly packages: readonly string[];
}

// Connections wait longer for their turn than the defaults: an hour, in seconds.
const LONG = 3600;

export const frameworks: readonly Framework[] = [
  {
    name: "next",
    title: "Next, a route handler",
    lib: "lib",
    build: ["next/dist/bin/next", "build"],
    start: ["node_modules/next/dist/bin/next", "start", "--keepAliveTimeout", `${LONG}000`],
    packages: ["next", "react", "iron-session", "zod", "lmdb"],
  },
  {
    name: "sveltekit",
    title: "SvelteKit, an endpoint",
    lib: "src/lib",
    build: ["vite/bin/vite.js", "build"],
    start: ["build/index.js"],
    packages: ["@sveltejs/kit", "@sveltejs/adapter-node", "svelte"],
  },
];

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Modules that all apps have. */
const SHARED = [join(here, "answer.ts"), join(here, "../state.ts")];

export interface BuiltApp {
  readonly framework: Framework;
  readonly versions: Readonly<Record<string, string>>;
  /** A server of its own for a variant, with a directory of its own for what is stored. */
  start(variant: string): Promise<WebServer>;
}

/** Installs and builds the app as for production, below `.cache/bench/web`. */
export async function buildApp(framework: Framework): Promise<BuiltApp> {
  const source = join(here, framework.name);
  const directory = join(root, ".cache/bench/web", framework.name);
  const node = await newerNode();
  const marker = join(directory, "built");
  const shared = SHARED.map((file) => readFileSync(file, "utf8"));
  const wanted = [await fingerprint(source), ...shared].join("\n");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
    await installProject(source, directory);
    rmSync(marker, { force: true });
    await putSources(source, directory);
    for (const file of SHARED) cpSync(file, join(directory, framework.lib, basename(file)));
    await putPackage(join(directory, "node_modules/persist-session"));
    const [program, ...args] = framework.build;
    await runQuietly(directory, node, [join(directory, "node_modules", program), ...args]);
    writeFileSync(marker, wanted);
  }
  const versionOf = (name: string): string => {
    const manifest = readFileSync(join(directory, "node_modules", name, "package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  };
  return {
    framework,
    versions: Object.fromEntries(framework.packages.map((name) => [name, versionOf(name)])),
    start: async (variant) => {
      const state = mkdtempSync(join(tmpdir(), "persist-session-bench-web-"));
      const env = { VARIANT: variant, STATE_DIR: state, KEEP_ALIVE_TIMEOUT: String(LONG) };
      const server = await startServer({ cwd: directory, node, args: framework.start, env });
      const stop = async () => {
        await server.stop();
        rmSync(state, { recursive: true, force: true });
      };
      return { ...server, stop };
    },
  };
}

/** The Node that runs the apps. */
export async function nodeVersion(): Promise<string> {
  return execFileSync(await newerNode(), ["--version"], { encoding: "utf8" }).trim();
}
