import assert from "node:assert/strict";
import { createServer } from "node:http";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import { Browser } from "../adapter/browser.ts";
import { freePort } from "../support/free-port.ts";
import { listen, stop } from "../support/listen.ts";
import { type Project, prepareProject } from "./project.ts";
import { runtimeProgram, runtimes } from "./runtime-programs.ts";
import { startServer, type WebServer } from "./server.ts";

let project: Project;

before(async () => {
  // Its own tsconfig.json: without one, Bun and esbuild would take this project's, whose paths lead
  // to the sources.
  project = await prepareProject("runtimes", "runtimes.md");
});

const items = async (browser: Browser): Promise<unknown> =>
  JSON.parse((await browser.get("/")).text) as unknown;

async function mergesParallelChanges(browser: Browser): Promise<void> {
  const added = Array.from({ length: 8 }, (_, at) => `p${at}`);
  await Promise.all(added.map(async (item) => await browser.post("/", item)));
  const all = (await items(browser)) as string[];
  assert.deepEqual(all.toSorted(), [...added, "tea"].toSorted());
}

for (const name of ["bun", "deno"] as const) {
  describe(name, () => {
    let server: WebServer;
    const start = async (): Promise<WebServer> =>
      await startServer({
        cwd: project.directory,
        node: runtimeProgram(project.directory, name),
        args: runtimes[name](`${name}.ts`),
      });

    before(async () => {
      await rm(join(project.directory, ".persist-session"), { recursive: true, force: true });
      server = await start();
    });
    after(async () => await server?.stop());

    test("the first change sets the cookie, parallel changes merge, and LMDB keeps them over SIGKILL", async () => {
      const browser = new Browser(server.url);
      const first = await browser.get("/");
      assert.deepEqual([first.text, first.setCookies], ["[]", []], server.output());
      assert.equal((await browser.post("/", "tea")).setCookies.length, 1);
      await mergesParallelChanges(browser);
      const before = await items(browser);
      await server.stop();
      server = await start();
      const again = new Browser(server.url);
      for (const [cookie, value] of browser.cookies) again.cookies.set(cookie, value);
      assert.deepEqual(await items(again), before);
      assert.deepEqual(await items(new Browser(server.url)), []);
    });
  });
}

describe("workerd", () => {
  let worker: WebServer;
  const slow = createServer((_request, response) => void response.end("done"));

  /** Serves a program, bundled as wrangler does it. */
  async function serve(entry: string, bindings: Record<string, string>): Promise<WebServer> {
    await build({
      absWorkingDir: project.directory,
      entryPoints: [entry],
      outfile: join(project.directory, "bundle.js"),
      bundle: true,
      format: "esm",
      target: "es2022",
      conditions: ["workerd", "worker", "browser"],
      // The drivers are found among this project's own packages, above it. An app that does not use
      // them has none.
      external: ["node:*", "pg", "redis"],
      logLevel: "error",
    });
    const port = await freePort();
    const bound = Object.entries(bindings).map(
      ([name, text]) => `(name = "${name}", text = "${text}")`,
    );
    const config = `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [
          (name = "net", network = (allow = ["local"])),
          (name = "main", worker = .main),
        ],
        sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
      );
      const main :Workerd.Worker = (
        modules = [(name = "bundle.js", esModule = embed "bundle.js")],
        compatibilityDate = "2026-11-01",
        globalOutbound = "net",
        bindings = [${bound.join()}],
      );`;
    await writeFile(join(project.directory, "worker.capnp"), config);
    return await startServer({
      cwd: project.directory,
      node: runtimeProgram(project.directory, "workerd"),
      args: ["serve", "worker.capnp"],
      port,
    });
  }

  before(async () => {
    const PERSIST_SESSION_SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
    worker = await serve("worker.ts", { PERSIST_SESSION_SECRET, SLOW: await listen(slow) });
  });
  after(async () => {
    await worker?.stop();
    await stop(slow);
  });

  test("a store object that does I/O: the first change sets the cookie, and parallel requests of a session merge", async () => {
    const browser = new Browser(worker.url);
    const first = await browser.get("/");
    assert.deepEqual([first.text, first.setCookies], ["[]", []], worker.output());
    assert.equal((await browser.post("/", "tea")).setCookies.length, 1);
    await mergesParallelChanges(browser);
    assert.deepEqual(await items(new Browser(worker.url)), []);
  });

  test("what is not there has a named error", async () => {
    const refusing = await serve("refusals.ts", {});
    try {
      const { text } = await new Browser(refusing.url).get("/");
      assert.deepEqual(JSON.parse(text), [
        "ERR_STORE_BINARY",
        "ERR_STORE_BINARY",
        "ERR_SECRET_REQUIRED",
      ]);
    } finally {
      await refusing.stop();
    }
  });
});
