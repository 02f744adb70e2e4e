import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createSessions, persist, restore, type Sessions } from "../../src/index.ts";
import { persistSession } from "../cli/command.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { startPostgres } from "../store/fixtures/postgres-server.ts";
import { startRedis } from "../store/fixtures/redis-server.ts";
import { until } from "../support/until.ts";

@persist("lifetime-stores")
class AppState {
  count = 0;
}

const secret = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";

interface Engine {
  readonly url: string;
  remove(): Promise<void> | void;
}

const engines: Record<string, () => Promise<Engine>> = {
  LMDB: async () => {
    const { path, remove } = newDirectory();
    return await Promise.resolve({ url: `lmdb:${path}`, remove });
  },
  Redis: startRedis,
  PostgreSQL: startPostgres,
};

for (const [name, start] of Object.entries(engines)) {
  describe(`an absolute lifetime on ${name}`, () => {
    let engine: Engine;
    let opened: Sessions[] = [];
    before(async () => void (engine = await start()));
    after(async () => {
      await Promise.all(opened.map(async (sessions) => await sessions.close()));
      await engine.remove();
    });
    const open = (maxLifetime: "1d" | "1s"): Sessions => {
      const made = createSessions({ store: engine.url, secret, sweepInterval: false, maxLifetime });
      opened = [...opened, made];
      return made;
    };
    const count = async (sessions: Sessions, token?: string) => {
      const session = await sessions.open(token);
      const found = await session.run(async () => ++(await restore(AppState)).count);
      return { token: session.token, id: session.id, found };
    };

    test("holds in every process, bounds what is stored, and moves along with rotate()", async () => {
      const [one, two] = [open("1d"), open("1d")];
      const first = await count(one);
      assert.equal((await count(two, first.token)).found, 2);
      const session = await two.open(first.token);
      await session.run(async () => {
        await restore(AppState);
        await session.rotate();
      });
      const owner = `b:${session.id}`;
      const { expiresAt } = await one.engine.store.owner(owner);
      assert.ok(expiresAt <= Date.now() + 86_400_000, String(expiresAt - Date.now()));
      const shown = await persistSession(["show", session.id, "--store", engine.url], {
        env: { PERSIST_SESSION_SECRET: secret },
      });
      assert.match(shown.stdout, /, began \d{4}-/);
    });

    test("ends a session in every process, and its token opens nothing", async () => {
      const [one, two] = [open("1s"), open("1s")];
      const first = await count(one);
      await until("its time is over", async () => (await one.open(first.token)).id !== first.id);
      const later = await count(two, first.token);
      assert.notEqual(later.id, first.id);
      assert.equal(later.found, 1);
    });
  });
}
