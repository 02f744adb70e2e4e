import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { Browser } from "../adapter/browser.ts";
import { SECRET } from "../adapter/fixture.ts";
import { Stream } from "../live/stream.ts";
import type { Server } from "../store/server/engine.ts";
import { engines } from "../store/server/engines.ts";
import { DEADLINE, until } from "../support/until.ts";
import { type Project, prepareProject } from "./project.ts";
import { runtimeProgram, runtimes } from "./runtime-programs.ts";
import { startServer, type WebServer } from "./server.ts";

let project: Project;

before(async () => {
  project = await prepareProject("runtimes", "runtimes.md");
});

/** What a list of live events has told last. */
function lastItems(stream: Stream): string[] {
  const last = stream.events.findLast(({ name }) => name === "state");
  return last === undefined ? [] : JSON.parse(last.data).values.items;
}

for (const runtime of ["bun", "deno"] as const) {
  for (const engine of [engines.redis, engines.postgres]) {
    describe(`${runtime} with ${engine.name} by its URL`, () => {
      let database: Server;
      let here: WebServer;
      let there: WebServer;
      let env: Record<string, string>;

      before(async () => {
        database = await engine.startServer();
        env = { STORE_URL: engine.urlAt(database.port), PERSIST_SESSION_SECRET: SECRET };
        const start = async (): Promise<WebServer> =>
          await startServer({
            cwd: project.directory,
            node: runtimeProgram(project.directory, runtime),
            args: runtimes[runtime]("stored.ts"),
            env,
          });
        [here, there] = [await start(), await start()];
      });
      after(async () => {
        await here?.stop();
        await there?.stop();
        await database?.remove();
      });

      /** Two tabs of one visitor, each with a server of its own. */
      async function twoTabs(first: string): Promise<[Browser, Browser]> {
        const [one, other] = [new Browser(here.url), new Browser(there.url)];
        const { text, setCookies } = await one.post("/", first);
        assert.deepEqual([text, setCookies.length], [JSON.stringify([first]), 1], here.output());
        for (const [name, value] of one.cookies) other.cookies.set(name, value);
        return [one, other];
      }

      test("two processes share a session: updates add up, and a clear is final for both", async () => {
        const [one, other] = await twoTabs("tea");
        const added = Array.from({ length: 8 }, (_, at) => `p${at}`);
        await Promise.all(
          added.map(async (item, at) => await (at % 2 === 0 ? one : other).post("/", item)),
        );
        const all = JSON.parse((await other.get("/")).text) as string[];
        assert.deepEqual(all.toSorted(), [...added, "tea"].toSorted());
        await other.send("/", { method: "DELETE" });
        assert.equal((await one.get("/")).text, "[]");
        assert.equal((await new Browser(here.url).get("/")).text, "[]");
      });

      test("a page at one process hears of changes by the other, also after the connections were cut and after the server was killed", async () => {
        const [one, other] = await twoTabs("first");
        const stream = await Stream.open(`${there.url}/live`, { cookie: other.header });
        try {
          await stream.named("state", 1);
          await one.post("/", "second");
          await until("the page hears of it", () => lastItems(stream).includes("second"));

          await engine.disconnectAll(database as never);
          const cut = await one.post("/", "third");
          assert.equal(cut.status, 200, here.output());
          await until("the page hears of it again", () => lastItems(stream).includes("third"));

          await database.kill();
          await database.start();
          await until("the store answers", async () => {
            return (await one.post("/", "fourth")).status === 200;
          });
          await until("the page hears of it still", () => lastItems(stream).includes("fourth"));
          const kept = JSON.parse((await other.get("/")).text) as string[];
          assert.deepEqual(kept.slice(0, 4), ["first", "second", "third", "fourth"]);
        } finally {
          stream.close();
        }
      });

      test("a program that closes nothing ends by itself", async () => {
        const child = spawn(
          runtimeProgram(project.directory, runtime),
          runtimes[runtime]("ends.ts"),
          {
            cwd: project.directory,
            env: {
              PATH: process.env["PATH"],
              HOME: process.env["HOME"],
              PERSIST_TEST_RUN: process.env["PERSIST_TEST_RUN"],
              ...env,
            },
            stdio: ["ignore", "pipe", "pipe"],
          },
        );
        try {
          const printed = Promise.all([text(child.stdout), text(child.stderr)]);
          const [code] = await once(child, "exit", { signal: AbortSignal.timeout(DEADLINE) });
          assert.deepEqual([code, await printed], [0, ["done\n", ""]]);
        } finally {
          child.kill("SIGKILL");
        }
      });
    });
  }
}

test("a store that is away is an error of the request, and loses nothing", async () => {
  const database = await engines.redis.startServer();
  const server = await startServer({
    cwd: project.directory,
    node: runtimeProgram(project.directory, "bun"),
    args: runtimes.bun("stored.ts"),
    env: {
      STORE_URL: engines.redis.urlAt(database.port, { timeout: 3000 }),
      PERSIST_SESSION_SECRET: SECRET,
    },
  });
  try {
    const browser = new Browser(server.url);
    await browser.post("/", "kept");
    await database.kill();
    assert.equal((await browser.post("/", "lost")).status, 500);
    await database.start();
    await until("the store answers", async () => (await browser.get("/")).status === 200);
    assert.equal((await browser.get("/")).text, '["kept"]');
  } finally {
    await server.stop();
    await database.remove();
  }
});
