import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import type { Session } from "../../src/sessions/session.ts";
import { persist } from "../../src/state/persist.ts";
import { parseStoreUrl } from "../../src/store/open-store.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { persistSession } from "./command.ts";

const secret = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";
// The command reads sealed values, as its user would let it.
process.env["PERSIST_SESSION_SECRET"] = secret;

@persist("cli-state")
class CliState {
  secretPlan = "to be told to nobody";
  count = 0;
}

@persist("cli-other")
class CliOther {
  list = [1, 2, 3];
}

let redis: RedisServer;
let postgres: PostgresServer;
const directory = newDirectory();
before(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
});
after(async () => {
  directory.remove();
  await Promise.all([redis.remove(), postgres.remove()]);
});

const engines: Record<string, () => string> = {
  LMDB: () => `lmdb:${directory.path}`,
  Redis: () => redis.url,
  PostgreSQL: () => postgres.url,
};

async function fill(sessions: Sessions): Promise<Session> {
  const session = await sessions.open();
  await session.run(async () => {
    (await session.restore(CliState)).count = 3;
    (await session.restore(CliOther)).list.push(4);
  });
  return session;
}

for (const [engine, urlOf] of Object.entries(engines)) {
  describe(`persist-session on ${engine}`, () => {
    let sessions: Sessions;
    let session: Session;
    before(async () => {
      sessions = createSessions({ store: urlOf(), secret, sweepInterval: false });
      session = await fill(sessions);
    });
    after(async () => await sessions.close());

    test("sessions lists what is stored, one JSON object a line when it is told to", async () => {
      const { code, stdout } = await persistSession(["sessions", "--store", urlOf(), "--json"]);
      assert.equal(code, 0);
      const listed = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = listed.find(({ owner }) => owner === `b:${session.id}`);
      assert.deepEqual((found?.["states"] as string[] | undefined)?.toSorted(), [
        "cli-other",
        "cli-state",
      ]);
      const people = await persistSession(["sessions", "--store", urlOf()]);
      assert.match(people.stdout, new RegExp(`^b:${session.id} .* B .* h `, "m"));
      assert.match(people.stderr, /^\d+ sessions?, /);
      const one = await persistSession(["sessions", "--store", urlOf(), "--limit", "1", "--json"]);
      assert.equal(one.stdout.trim().split("\n").length, 1);
    });

    test("show tells names and sizes, and content only when it is asked for", async () => {
      const args = ["show", session.id, "--store", urlOf()];
      const plain = await persistSession(args);
      assert.match(plain.stdout, /secretPlan +23 B {2}JSON/);
      const machine = await persistSession([...args, "--json"]);
      const view = JSON.parse(machine.stdout) as {
        records: { state: string; attributes: object[] }[];
      };
      assert.deepEqual(
        view.records.map(({ state }) => state),
        ["cli-other", "cli-state"],
      );
      for (const { stdout, stderr } of [plain, machine]) {
        assert.doesNotMatch(stdout + stderr, /to be told/);
        assert.ok(!stdout.includes(session.token));
      }
      const { stdout } = await persistSession([...args, "cli-state", "--content"]);
      assert.match(stdout, /"to be told to nobody"/);
      assert.doesNotMatch(stdout, /cli-other/);
    });

    test("show ends with 1 when nothing is stored, and takes no token", async () => {
      const absent = await persistSession(["show", randomUUID(), "--store", urlOf()]);
      assert.deepEqual([absent.code, /nothing is stored/.test(absent.stdout)], [1, true]);
      const token = await persistSession(["show", session.token, "--store", urlOf()]);
      assert.equal(token.code, 2);
      assert.match(token.stderr, /A token is a secret/);
      assert.ok(!token.stderr.includes(session.token));
    });

    test("promise 5 (Clear is final): clear ends a session with its tabs when it is named", async () => {
      const victim = await fill(sessions);
      const tab = `t:${victim.id}:tab1`;
      const store = await parseStoreUrl(urlOf()).open();
      const set = new Map([["x", Buffer.from("J1")]]);
      await store.write(tab, [{ state: "cli-state", epoch: 0, base: "absent", set }], {
        commitId: randomUUID(),
        expiresAt: Date.now() + 1e7,
      });
      const { code, stdout } = await persistSession(["clear", victim.id, "--store", urlOf()]);
      assert.deepEqual([code, stdout], [0, "Cleared 2 sessions.\n"]);
      assert.equal((await store.owner(tab)).owner, "ended");
      await store.close();
      const late = await sessions.open(victim.token);
      assert.notEqual(late.id, victim.id);
      const living = await sessions.open(session.token);
      assert.equal(living.id, session.id);
    });

    test("clear takes one state and leaves the others when it is told so", async () => {
      const one = await fill(sessions);
      const args = ["clear", one.id, "--state", "cli-state", "--store", urlOf(), "--json"];
      const { code, stdout } = await persistSession(args);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), {
        owner: `b:${one.id}`,
        state: "cli-state",
        cleared: true,
      });
      const back = await sessions.open(one.token);
      await back.run(async () => {
        assert.equal((await back.restore(CliState)).count, 0);
        assert.deepEqual((await back.restore(CliOther)).list, [1, 2, 3, 4]);
      });
    });

    test("clear --all wants to be told twice when there is no terminal to ask", async () => {
      const { code, stderr } = await persistSession(["clear", "--all", "--store", urlOf()]);
      assert.equal(code, 2);
      assert.match(stderr, /needs --yes/);
    });

    test("sweep tells how many expired entries it removed", async () => {
      const store = await parseStoreUrl(urlOf()).open();
      const set = new Map([["x", Buffer.from("J1")]]);
      await store.write(`b:${randomUUID()}`, [{ state: "a", epoch: 0, base: "absent", set }], {
        commitId: randomUUID(),
        expiresAt: Date.now() - 1000,
      });
      await store.close();
      const { code, stdout } = await persistSession(["sweep", "--store", urlOf(), "--json"]);
      const { removed } = JSON.parse(stdout) as { removed: number };
      assert.equal(code, 0);
      if (engine === "Redis") assert.equal(removed, 0);
      else assert.ok(removed > 0);
    });
  });
}

test("a command makes no store when the directory is misspelt", async () => {
  const { code, stderr } = await persistSession(["sessions", "--store", "lmdb:./no-such-place"]);
  assert.equal(code, 1);
  assert.match(stderr, /There is no store in \.\/no-such-place/);
});

test("migrate prints the SQL or makes the tables when it is told to", async () => {
  const url = await postgres.newDatabase();
  const sql = await persistSession(["migrate", "--store", `${url}?schema=kept`, "--sql"]);
  assert.equal(sql.code, 0);
  assert.match(sql.stdout, /CREATE TABLE .*"kept"\."persist_session_owners"/);
  const made = await persistSession(["migrate", "--store", url]);
  assert.equal(made.code, 0, made.stderr);
  const listed = await persistSession(["sessions", "--store", `${url}?migrate=false`]);
  assert.equal(listed.code, 0, listed.stderr);
});
