import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listen } from "../../examples/express/listen.ts";
import { root } from "../project/imports.ts";
import { until } from "./until.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-session-start-"));
});
after(async () => await rm(directory, { recursive: true, force: true }));

/** Runs `npm start` and gives what it prints, as it comes. */
function npmStart(
  port: number,
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; printed: () => string } {
  const options = ["--state-dir", join(directory, "state")];
  if (port !== 0) options.push("--port", String(port));
  const child = spawn("npm", ["start", "--", ...options], {
    cwd: root,
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

test("npm start prints the URL, serves the page and ends cleanly when it is interrupted", async () => {
  const { child, printed } = npmStart(0, { PORT: "0" });
  const closed = once(child, "close");
  await until("the URL is printed", () => /Open http:\/\/127\.0\.0\.1:\d+ /.test(printed()));
  const url = /http:\/\/\S+/.exec(printed())?.[0] ?? "";
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /Try to lose this/);
  child.kill("SIGINT");
  const [code] = await closed;
  assert.equal(code, 0, printed());
  await assert.rejects(fetch(url), "nothing answers any more");
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

test("listen() takes a free port when none was asked for and the usual one is taken", async () => {
  // Whether this takes port 3000 or somebody else has it already: it is taken now.
  const first = createServer();
  const second = createServer();
  await listen(first, undefined);
  const url = await listen(second, undefined);
  assert.notEqual(new URL(url).port, "3000");
  first.close();
  second.close();
});
