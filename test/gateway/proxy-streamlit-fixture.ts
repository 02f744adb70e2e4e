import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../project/imports.ts";
import { ask } from "./proxy-fixture.ts";

const PYTHON = join(root, ".venv/bin/python");

/** Whether there is a real Streamlit to test with. */
export const hasStreamlit = existsSync(join(root, ".venv/bin/streamlit"));

/** A real Streamlit on a port of its own. */
export interface RealStreamlit {
  readonly port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export async function realStreamlit(script: string, ...options: string[]): Promise<RealStreamlit> {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-proxy-"));
  const app = join(directory, "app.py");
  writeFileSync(app, script);
  const port = await freePort();
  const args = [
    ["-m", "streamlit", "run", app],
    ["--server.port", String(port), "--server.address", "127.0.0.1"],
    ["--server.headless", "true", "--browser.gatherUsageStats", "false"],
    options,
  ].flat();
  const basePath = options.find((option) => option.startsWith("--server.baseUrlPath="));
  const health = `/${basePath === undefined ? "" : `${basePath.split("=")[1]}/`}_stcore/health`;
  let child: ReturnType<typeof spawn> | undefined;
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  return {
    port,
    kill,
    async start() {
      child = spawn(PYTHON, args, { stdio: "ignore", cwd: directory });
      const deadline = performance.now() + 60_000;
      while (!(await isHealthy(port, health)))
        if (performance.now() > deadline || child.exitCode !== null)
          throw new Error("Streamlit did not start");
    },
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function isHealthy(port: number, path: string): Promise<boolean> {
  try {
    return (await ask(port, { path })).status === 200;
  } catch {
    // Nobody listens yet. Asking again at once would only take time from the one that is starting.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return false;
  }
}
