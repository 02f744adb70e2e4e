import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findSystemTools } from "../../scripts/setup/system-tools.js";
import { until } from "../support/until.ts";
import { snippetsIn } from "../docs/snippets.ts";
import { root } from "../project/imports.ts";
import { freePort } from "../support/free-port.ts";
import { serverDirectory } from "../support/server-directory.ts";

/** nginx with the configuration of docs/deploy.md, in front of replicas on this machine. */
export class Nginx {
  readonly origin: string;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(origin: string, directory: string, child: ChildProcess) {
    this.origin = origin;
    this.#directory = directory;
    this.#child = child;
  }

  /** @param ports - of the replicas, in the order of the page's `server` lines */
  static async start(ports: readonly number[]): Promise<Nginx> {
    const program = findSystemTools().env["NGINX_PATH"];
    if (program === undefined)
      throw new Error("These tests need nginx: npm test says how to install it.");
    const directory = serverDirectory("nginx");
    mkdirSync(join(directory, "temp"));
    const port = await freePort();
    writeFileSync(join(directory, "nginx.conf"), around(here(documented(), port, ports)));
    const args = ["-p", directory, "-c", "nginx.conf", "-e", "error.log"];
    execFileSync(program, [...args, "-t", "-q"], { stdio: "inherit" });
    const child = spawn(program, args, {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
    });
    process.once("exit", () => child.kill("SIGKILL"));
    const nginx = new Nginx(`http://127.0.0.1:${port}`, directory, child);
    await until("nginx answers", async () => {
      const answer = await fetch(`${nginx.origin}/_persist/ready`).catch(() => undefined);
      return answer?.status === 404;
    });
    return nginx;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function documented(): string {
  const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
  const [found, ...others] = snippetsIn("docs/deploy.md", page).filter(
    ({ language }) => language === "nginx",
  );
  if (found === undefined || others.length > 0)
    throw new Error("docs/deploy.md must have one configuration of nginx.");
  return found.text;
}

/**
 * The page's configuration with the ports of this machine in place of its hosts, and not a word
 * else changed.
 */
function here(text: string, port: number, ports: readonly number[]): string {
  let at = 0;
  const replaced = text
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace(/server app-\d+\.internal:8501/g, () => `server 127.0.0.1:${ports[at++]}`);
  if (at !== ports.length || replaced === text)
    throw new Error(`docs/deploy.md has ${at} replicas, and the test ${ports.length}.`);
  return replaced;
}

/** What a distribution's own nginx.conf has around it. */
function around(http: string): string {
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path temp/${name};`,
  );
  return `${user}daemon off;
pid nginx.pid;
worker_processes 1;
events {}
http {
access_log off;
${temporary.join("\n")}
${http}
}
`;
}
