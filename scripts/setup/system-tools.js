import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { canInstall, installDebianPackages } from "./debian.js";

/**
 * A program that the tests need and npm does not bring.
 *
 * @typedef {object} SystemTool
 * @property {string} name
 * @property {string} variable environment variable with its path; set for the tests
 * @property {readonly string[]} commands names looked for in PATH, or absolute paths, best first
 * @property {readonly string[]} debian packages that bring it
 * @property {string} [homebrew] what to give to `brew install`
 * @property {string} [insteadOf] the variable of the tool that does the same at a higher cost: this
 * one is optional
 */

/** @type {readonly SystemTool[]} */
const systemTools = [
  {
    name: "Chromium",
    variable: "CHROMIUM_PATH",
    commands: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    debian: ["chromium", "fonts-dejavu-core"],
    homebrew: "--cask chromium",
  },
  {
    // The same browser without a window of its own: pages cost half the processor time.
    name: "Chromium's headless shell",
    variable: "CHROMIUM_SHELL_PATH",
    commands: ["chromium-headless-shell", "chrome-headless-shell"],
    debian: ["chromium-headless-shell"],
    insteadOf: "CHROMIUM_PATH",
  },
  {
    name: "Redis",
    variable: "REDIS_SERVER_PATH",
    commands: ["redis-server", "valkey-server"],
    debian: ["redis-server"],
    homebrew: "redis",
  },
  {
    name: "PostgreSQL",
    variable: "POSTGRES_PATH",
    // Debian keeps the programs of each version in a directory of their own, which is not in PATH.
    commands: [
      "postgres",
      ...[18, 17, 16, 15, 14, 13].map((version) => `/usr/lib/postgresql/${version}/bin/postgres`),
    ],
    debian: ["postgresql"],
    homebrew: "postgresql",
  },
  {
    name: "PgBouncer",
    variable: "PGBOUNCER_PATH",
    commands: ["pgbouncer", "/usr/sbin/pgbouncer"],
    debian: ["pgbouncer"],
    homebrew: "pgbouncer",
  },
  {
    name: "nginx",
    variable: "NGINX_PATH",
    commands: ["nginx", "/usr/sbin/nginx"],
    debian: ["nginx-light"],
    homebrew: "nginx",
  },
  {
    name: "OpenSSL",
    variable: "OPENSSL_PATH",
    commands: ["openssl"],
    debian: ["openssl"],
    homebrew: "openssl",
  },
];

/**
 * The environment variables that name the tools which are here.
 *
 * @returns {{ env: Record<string, string>, missing: SystemTool[], optional: SystemTool[] }}
 * optional: missing, too
 */
export function findSystemTools() {
  /** @type {Record<string, string>} */
  const env = {};
  /** @type {SystemTool[]} */
  const missing = [];
  /** @type {SystemTool[]} */
  const optional = [];
  for (const tool of systemTools) {
    // A caller that names a tool wants that one, and not what we would take instead.
    const isReplaced = isGiven(tool.insteadOf) && !isGiven(tool.variable);
    if (isReplaced) continue;
    const path = findTool(tool);
    if (path !== undefined) env[tool.variable] = path;
    else (tool.insteadOf === undefined ? missing : optional).push(tool);
  }
  return { env, missing, optional };
}

/** @param {string | undefined} variable */
function isGiven(variable) {
  return variable !== undefined && (process.env[variable] ?? "") !== "";
}

/**
 * Like findSystemTools, but installs what is missing if that can be done without asking (root on
 * Debian or Ubuntu). Elsewhere it says what to install and ends the process. Optional tools are
 * installed in the same way, and not insisted on.
 *
 * @returns {Record<string, string>}
 */
export function ensureSystemTools() {
  const first = findSystemTools();
  const wanted = [...first.missing, ...first.optional];
  if (wanted.length === 0) return first.env;
  const names = wanted.map((tool) => tool.name).join(", ");
  if (canInstall()) {
    console.log(`Installing ${names} (apt-get) …`);
    installDebianPackages(first.missing.flatMap((tool) => tool.debian));
    // Apart: not every distribution has them.
    installDebianPackages(first.optional.flatMap((tool) => tool.debian));
  }
  const second = findSystemTools();
  if (second.missing.length === 0) return second.env;
  const still = second.missing.map((tool) => tool.name).join(", ");
  console.error(`The tests need ${still}. Install:\n${installAdvice(second.missing)}`);
  process.exit(1);
}

/** @param {readonly SystemTool[]} tools */
function installAdvice(tools) {
  const debian = tools.flatMap((tool) => tool.debian).join(" ");
  return [
    `  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${debian}`,
    ...tools.map((tool) => `  macOS:           brew install ${tool.homebrew}`),
    ...tools.map(
      (tool) => `  elsewhere:       any ${tool.name}, with ${tool.variable}=/path/to/it`,
    ),
  ].join("\n");
}

/** @param {SystemTool} tool */
function findTool(tool) {
  const given = process.env[tool.variable];
  if (given !== undefined && given !== "") {
    if (isExecutable(given)) return given;
    console.error(`${tool.variable} names no program that can be run: ${given}`);
    process.exit(1);
  }
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "");
  return tool.commands
    .flatMap((command) =>
      command.startsWith("/")
        ? [command]
        : directories.map((directory) => join(directory, command)),
    )
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
