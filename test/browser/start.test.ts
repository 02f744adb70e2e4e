import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listen } from "../../examples/express/listen.ts";
import { root } from "../project/imports.ts";
import { holdPort } from "../support/taken-port.ts";
import { until } from "../support/until.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-session-start-"));
});
after(async () => await rm(directory, { recursive: true, force: true }));

/** Runs `npm start` and gives what it prints, as it comes. */
function npmStart(
  port: number,
  env: NodeJS.ProcessEnv = {},
  more: readonly string[] = [],
  cwd = root,
  detached = false,
): { child: ChildProcess; printed: () => string } {
  const options = ["--state-dir", join(directory, "state"), ...more];
  if (port !== 0) options.push("--port", String(port));
  const child = spawn("npm", ["start", "--", ...options], {
    cwd,
    detached,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
    });
  return { child, printed: () => printed };
}

/** Waits until both examples answer, and gives their URLs. */
async function bothUrls(printed: () => string): Promise<{ express: string; streamlit: string }> {
  const both = /Express +(http:\S+)\s+Streamlit +(http:\S+)/;
  await until("both URLs are printed", () => both.test(printed()));
  const [, express = "", streamlit = ""] = both.exec(printed()) ?? [];
  return { express, streamlit };
}

test("npm start prints both URLs, serves both pages and ends cleanly when it is interrupted", async () => {
  const { child, printed } = npmStart(0, { PORT: "0" }, ["--streamlit-port", "0"]);
  const closed = once(child, "close");
  const { express, streamlit } = await bothUrls(printed);
  assert.match(printed(), new RegExp(`Open ${express} `));
  const response = await fetch(express);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /Try to lose this/);
  const page = await fetch(streamlit);
  assert.match(await page.text(), /Streamlit/);
  child.kill("SIGINT");
  const [code] = await closed;
  assert.equal(code, 0, printed());
  await assert.rejects(fetch(express), "nothing answers any more");
  await assert.rejects(fetch(streamlit), "nothing answers any more");
});

/** A clone without an environment, and a PATH with nothing but Node. */
async function freshClone(name: string): Promise<{ clone: string; bin: string }> {
  const clone = join(directory, name);
  const bin = join(directory, `${name}-bin`);
  await Promise.all([mkdir(clone), mkdir(bin)]);
  for (const name of ["examples", "scripts", "src"])
    await cp(join(root, name), join(clone, name), { recursive: true });
  for (const name of ["package.json", "package-lock.json", "tsconfig.json"])
    await cp(join(root, name), join(clone, name));
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  await symlink(process.execPath, join(bin, "node"));
  await symlink("/bin/sh", join(bin, "sh"));
  const npm = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
  await symlink(await realpath(npm), join(bin, "npm"));
  return { clone, bin };
}

test("npm start runs the Express example alone and says what Streamlit needs when there is no Python", async () => {
  const { clone, bin } = await freshClone("alone");
  const { child, printed } = npmStart(0, { PATH: bin, PORT: "0" }, [], clone);
  const closed = once(child, "close");
  await until("it says what is missing", () => /Python 3\.10 or newer/.test(printed()));
  const url = /Open (http:\S+)/.exec(printed())?.[1] ?? "";
  assert.equal((await fetch(url)).status, 200);
  child.kill("SIGINT");
  assert.deepEqual(await closed, [0, null], printed());
});

test("npm start ends, and starts nothing, when it is interrupted while it installs Streamlit", async () => {
  const { clone, bin } = await freshClone("interrupted");
  const begun = join(clone, "begun");
  const sleep = execFileSync("sh", ["-c", "command -v sleep"], { encoding: "utf8" }).trim();
  // A Python whose pip takes for ever.
  const python = `#!/bin/sh\ncase "$*" in *make_venv*) : > '${begun}'; exec ${sleep} 3600;; esac\n`;
  await writeFile(join(bin, "python3"), python, { mode: 0o755 });
  // A group of its own, as a terminal gives to a command: Ctrl-C reaches all of it.
  const { child, printed } = npmStart(0, { PATH: bin, PORT: "0" }, [], clone, true);
  const closed = once(child, "close");
  await until("pip is at work", () => existsSync(begun));
  process.kill(-(child.pid ?? 0), "SIGINT");
  const [code, signal] = await closed;
  assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}\n${printed()}`);
  assert.doesNotMatch(printed(), /Open http/);
});

test("npm start ends both and says why when the port that was asked for Streamlit is taken", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const address = blocker.address();
  assert.ok(address !== null && typeof address === "object");
  const { child, printed } = npmStart(0, { PORT: "0" }, ["--streamlit-port", `${address.port}`]);
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(printed(), new RegExp(`${address.port}`));
  blocker.close();
});

test("npm start fails and says why when the port that was asked for is taken", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const address = blocker.address();
  assert.ok(address !== null && typeof address === "object");
  const { child, printed } = npmStart(address.port);
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(printed(), new RegExp(`EADDRINUSE.*${address.port}`));
  blocker.close();
});

test("listen() takes a free port when none was asked for and the usual one is taken", async (t) => {
  await holdPort(t, 3000, "127.0.0.1");
  const server = createServer();
  const url = await listen(server, undefined);
  assert.notEqual(new URL(url).port, "3000");
  server.close();
});
