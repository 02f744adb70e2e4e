// npm start -- --example next|sveltekit: an example that stands on a framework of its own, as it is
// built for production.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "./command.js";
import { freePort } from "./free-port.js";
import { root } from "./project.js";
import {
  fingerprint,
  installProject,
  newerNode,
  putPackage,
  putSources,
  runQuietly,
} from "./web-project.js";

const HOST = "127.0.0.1";

/**
 * The milliseconds that a server has to end. Next waits for all connections, also for those that a
 * browser has opened in advance and sends nothing over, and such a connection may stay for hours.
 */
const GRACE = 5000;

/**
 * @typedef {object} Example
 * @property {readonly string[]} build a program of its dependencies and arguments
 * @property {(port: string) => readonly string[]} start a program below its directory and arguments
 * @property {boolean} [newer] whether it needs a newer Node than the oldest that we support
 */

/** @type {Readonly<Record<string, Example>>} */
const examples = {
  next: {
    build: ["next/dist/bin/next", "build"],
    start: (port) => ["node_modules/next/dist/bin/next", "start", "-H", HOST, "-p", port],
  },
  sveltekit: {
    build: ["vite/bin/vite.js", "build"],
    // What its adapter builds takes HTTPS for granted.
    start: (port) => {
      const where = ["--host", HOST, "--port", port, "--strictPort"];
      return ["node_modules/vite/bin/vite.js", "preview", ...where];
    },
    newer: true,
  },
};

export const exampleNames = Object.keys(examples);

/**
 * Installs, builds and runs an example until it ends. What is there already is not done again.
 *
 * @param {string} name one of `exampleNames`
 * @param {{ port: string | undefined, stateDir: string, begins: () => void }} options begins:
 * called when all is installed and built, before it is run
 * @returns {Promise<number>} its exit code
 */
export async function runExample(name, { port: wanted, stateDir, begins }) {
  const example = examples[name];
  if (example === undefined) throw new Error(`There is no example ${name}.`);
  const { directory, node } = await prepareExample(name, example);
  const port =
    wanted === undefined || wanted === "0"
      ? String(await freePort(wanted ? 0 : 3000, HOST))
      : wanted;
  const url = `http://${HOST}:${port}`;
  const env = {
    ...process.env,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    STATE_DIR: resolve(root, stateDir),
  };
  const stop = new AbortController();
  const how = { cwd: directory, env, onLine: () => {}, grace: GRACE };
  begins();
  const ended = runCommand(node, example.start(port), how);
  const over = ended.finally(() => stop.abort());
  if (await answers(url, stop.signal)) console.log(`Open ${url} (Ctrl-C stops it)`);
  return await over;
}

/**
 * @param {string} name
 * @param {Example} example
 */
async function prepareExample(name, { build, newer }) {
  const source = join(root, "examples", name);
  const directory = join(root, ".cache/examples", name);
  const node = newer === true ? await newerNode() : process.execPath;
  const wanted = await fingerprint(source);
  const marker = join(directory, "built");
  if ((await readFile(marker, "utf8").catch(() => "")) === wanted) return { directory, node };
  console.log(
    `Preparing .cache/examples/${name}: its packages (only once), then a production build …`,
  );
  await installProject(source, directory);
  await rm(marker, { force: true });
  await putSources(source, directory);
  // With a second one above it, Next would say at each start that it has to guess.
  await rm(join(directory, "package-lock.json"), { force: true });
  await putPackage(join(directory, "node_modules/persist-session"));
  const [program = "", ...args] = build;
  await runQuietly(directory, node, [join(directory, "node_modules", program), ...args]);
  await writeFile(marker, wanted);
  return { directory, node };
}

/**
 * Waits until the server answers.
 *
 * @param {string} url
 * @param {AbortSignal} over
 * @returns {Promise<boolean>} false if it ended before
 */
async function answers(url, over) {
  while (!over.aborted) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    if (answer !== undefined) return !over.aborted;
    await delay(100);
  }
  return false;
}
