import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import { until } from "../support/until.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { type Script, startScript } from "../store/fixtures/script.ts";
import { SharedState } from "./shared-state.ts";

const secret = "bQ2y7XrTn0cV5mKpW9sLzEaHdUfGjI3o";

/** A server that a test can end and start again; nothing for an embedded store. */
type Server = RedisServer | PostgresServer | undefined;

function testWatch(name: string, open: () => Promise<{ url: string; server: Server }>): void {
  describe(`watch() on ${name}`, () => {
    let sessions: Sessions;
    let server: Server;
    let url = "";
    before(async () => {
      ({ url, server } = await open());
      sessions = createSessions({ store: url, secret, log: () => undefined });
      await sessions.ready;
    });
    after(async () => {
      await sessions.close();
      await server?.remove();
    });

    /** A session that something is stored of, with another process that can change it. */
    async function withWriter() {
      const session = await sessions.open();
      await session.run(async () => {
        (await session.restore(SharedState)).text = "here";
      });
      const args = [url, session.token];
      const script = startScript("../../watch/writer.ts", args, {
        env: { PERSIST_SESSION_SECRET: secret },
      });
      assert.equal(await script.line(), "ready");
      return { session, say: async (word: string) => await say(script, word), script };
    }

    async function end(script: Script): Promise<void> {
      const ended = once(script.process, "close");
      script.process.stdin?.end();
      assert.deepEqual(await ended, [0, null]);
    }

    test("watch() tells each state when another process changes, clears and ends it", async () => {
      const { session, say, script } = await withWriter();
      const seen: string[] = [];
      await session.watch(SharedState, (state) => seen.push(`${state.count} ${state.text}`), {
        ended: () => seen.push("ended"),
      });
      for (const [word, expected] of [
        ["count", "1 here"],
        ["count", "2 here"],
        ["clear", "0 "],
        ["count", "1 "],
        ["end", "ended"],
      ] as const) {
        await say(word);
        await until(`"${word}" was told`, () => seen.at(-1) === expected);
      }
      assert.deepEqual(seen, ["1 here", "2 here", "0 ", "1 ", "ended"]);
      await end(script);
    });

    test("watch() tells what was changed meanwhile when the server was killed and started again", async (t) => {
      if (server === undefined) return t.skip("an embedded store has no server");
      const { session, say, script } = await withWriter();
      const seen: number[] = [];
      await session.watch(SharedState, (state) => seen.push(state.count));
      await say("count");
      await until("the first change was told", () => seen.includes(1));
      await server.kill("SIGINT");
      await server.start();
      await say("count");
      await until("the second change was told", () => seen.includes(2));
      await end(script);
    });
  });
}

async function say(script: Script, word: string): Promise<void> {
  script.process.stdin?.write(`${word}\n`);
  assert.equal(await script.line(), "done");
}

const directory = newDirectory();
after(directory.remove);
testWatch("LMDB", async () => ({ url: `lmdb:${directory.path}`, server: undefined }));
testWatch("Redis", async () => {
  const server = await startRedis("--appendonly", "yes");
  return { url: server.url, server };
});
testWatch("PostgreSQL", async () => {
  const server = await startPostgres();
  return { url: server.url, server };
});
