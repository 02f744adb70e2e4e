import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What changes how the tested programs work, and is set for something else: settings of this
 * package and of Streamlit, how Node, Python and PostgreSQL's clients work, the port of a server,
 * the environment of Python that is active. With a store of the caller's, tests would work on real
 * sessions.
 */
const DROPPED = [
  /^PERSIST_SESSION(_|$)/i,
  /^STREAMLIT_/i,
  /^NODE_(OPTIONS|ENV|PATH|DEBUG|NO_WARNINGS|PENDING_DEPRECATION|REDIRECT_WARNINGS)$/i,
  /^PYTHON(PATH|HOME|SAFEPATH|WARNINGS|OPTIMIZE|DEVMODE|INSPECT|ASYNCIODEBUG|USERBASE)$/i,
  /^(VIRTUAL_ENV|CONDA_PREFIX|CONDA_DEFAULT_ENV)$/i,
  /^PG[A-Z]+$/i,
  /^PORT$/i,
];

/** The names under which programs look for the hosts that they reach without a proxy. */
const NO_PROXY = ["no_proxy", "NO_PROXY"];

/**
 * The environment for tests: the caller's, without what is set for something else. Proxies stay,
 * since some tests install packages, but no request to this machine takes one.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function testEnvironment(env) {
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name]) => !DROPPED.some((pattern) => pattern.test(name))),
  );
  const direct = NO_PROXY.flatMap((name) => (kept[name] ?? "").split(","));
  const hosts = [...direct, "127.0.0.1", "localhost", "::1"].map((host) => host.trim());
  const all = [...new Set(hosts.filter((host) => host !== ""))].join(",");
  return { ...kept, ...Object.fromEntries(NO_PROXY.map((name) => [name, all])) };
}

/**
 * A home directory in which Streamlit finds no configuration of the user's, such as another base
 * path. All else in it is that of the real one: npm and pip have their settings and caches there.
 *
 * @param {string} [home] the real one
 * @returns {{ env: Record<string, string>, remove: () => void }} env: empty if the real one will do
 */
export function homeForTests(home = homedir()) {
  const own = [".streamlit/config.toml", ".streamlit/secrets.toml"];
  if (process.platform === "win32" || !own.some((file) => existsSync(join(home, file))))
    return { env: {}, remove: () => {} };
  const made = mkdtempSync(join(tmpdir(), "persist-session-home-"));
  for (const name of readdirSync(home))
    if (name !== ".streamlit") symlinkSync(join(home, name), join(made, name));
  // What is made in there by the way is gone with it.
  mkdirSync(join(made, ".streamlit"));
  return {
    env: { HOME: made },
    remove: () => rmSync(made, { recursive: true, force: true }),
  };
}
