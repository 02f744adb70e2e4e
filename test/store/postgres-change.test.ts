import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore, postgresSchema } from "../../src/store/postgres.ts";
import type { RecordWrite, Store } from "../../src/store/store.ts";
import {
  create,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { ask, startPostgres } from "./fixtures/postgres-server.ts";

let server: PostgresServer;
let store: Store;
before(async () => {
  server = await startPostgres();
  store = await openPostgresStore({ url: server.url });
});
after(async () => {
  await store.close();
  await server.remove();
});

/**
 * The same commit with a second write, which finds no record: the quick function takes one write
 * only.
 */
const slowly = (write: RecordWrite): RecordWrite[] => [
  write,
  { state: "not there", epoch: 1, set: values({ a: 1 }) },
];

/** All that can be seen of an owner, without what is different in each life. */
async function seen(owner: string): Promise<unknown> {
  const { record, owner: status } = await store.read(owner, "app");
  const info = await store.owner(owner);
  for await (const { owner: name, bytes } of store.sessions()) {
    if (name === owner) return { status, record: { ...record, epoch: 0 }, ...info, bytes };
  }
  return { status, info };
}

const step = fc.record({
  set: fc.dictionary(fc.constantFrom("a", "b", "c", "long ".repeat(60), "naïve"), fc.string(), {
    minKeys: 1,
  }),
  base: fc.constantFrom("merge", "same", "older"),
  schema: fc.option(fc.nat(5), { nil: undefined }),
  expiry: fc.constantFrom(undefined, 0, 1e9),
  remove: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test("a commit has the same outcome by the quick function and by the general one", async () => {
  const run = async (steps: Step[], how: (write: RecordWrite) => RecordWrite[]) => {
    const owner = newOwner();
    const expiresAt = 4e12;
    const { epoch, ...first } = await create(
      store,
      owner,
      "app",
      { a: 1, gone: 2 },
      newCommit(expiresAt),
    );
    let { version } = first;
    const outcomes: unknown[] = [];
    for (const { set, base, schema, expiry, remove } of steps) {
      const write: RecordWrite = {
        state: "app",
        epoch,
        set: values(set),
        ...(base === "merge" ? {} : { base: base === "same" ? version : version - 1 }),
        ...(schema === undefined ? {} : { schema }),
        ...(expiry === undefined ? {} : { expiresAt: expiry === 0 ? 0 : 3e12 + expiry }),
        ...(remove ? { remove: ["gone", "b"].filter((name) => !(name in set)) } : {}),
      };
      const options = { ...newCommit(), expiresAt, maxBytes: 400 };
      const result = await store
        .write(owner, how(write), options)
        .catch((error: unknown) => (isPersistError(error) ? error.code : String(error)));
      outcomes.push(typeof result === "string" ? result : { ...result.outcomes[0], epoch: 0 });
      if (typeof result === "string") continue;
      const [outcome] = result.outcomes;
      if (outcome?.outcome === "written") ({ version } = outcome);
    }
    return { outcomes, seen: await seen(owner) };
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      assert.deepEqual(await run(steps, (write) => [write]), await run(steps, slowly));
    }),
    { numRuns: 60 },
  );
});

test("write() that is repeated under its id gives the first result, by either function", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { count: 0 });
  const write: RecordWrite = { state: "app", epoch, set: values({ count: 1 }) };
  const options = { ...newCommit(), expiresAt: inAnHour() };
  const first = await store.write(owner, [write], options);
  await writeOne(store, owner, { state: "app", epoch, set: values({ count: 2 }) });
  assert.deepEqual(await store.write(owner, [write], options), first);
  assert.deepEqual(await store.write(owner, slowly(write), options), first);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "2" });
  // An id counts for its owner alone.
  const other = newOwner();
  const { epoch: otherEpoch } = await create(store, other, "app", { count: 0 });
  await store.write(other, [{ ...write, epoch: otherEpoch }], options);
  assert.deepEqual(textsOf(await store.read(other, "app")), { count: "1" });
});

test("commits of many at once to one owner are all counted, each with a version of its own", async () => {
  const owner = newOwner();
  const { epoch, version } = await create(store, owner, "app", { x: 0 });
  const results = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      writeOne(store, owner, { state: "app", epoch, set: values({ [`n${i}`]: i }) }),
    ),
  );
  const versions = results.map((result) => "version" in result && result.version);
  assert.equal(new Set(versions).size, 60);
  const { record } = await store.read(owner, "app");
  assert.equal(record?.version, version + 60);
  assert.equal(record?.attributes.size, 61);
});

test("a commit that waits while the sweep removes its record is refused, and leaves nothing", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { count: 0 });
  const sweeper = new pg.Client({ connectionString: server.url });
  await sweeper.connect();
  await sweeper.query("BEGIN");
  const mine = "FROM persist_session_owners WHERE owner = $1 FOR UPDATE";
  await sweeper.query(`SELECT ${mine}`, [owner]);
  await sweeper.query("DELETE FROM persist_session_records WHERE owner = $1", [owner]);
  const waiting = store.write(
    owner,
    [{ state: "app", epoch, set: values({ count: 1, more: 2 }) }],
    newCommit(),
  );
  await until("the commit waits for the lock", async () => {
    const rows = await server.ask(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%_change%'",
    );
    return rows.length > 0;
  });
  await sweeper.query("COMMIT");
  await sweeper.end();
  assert.equal((await waiting).outcomes[0]?.outcome, "ended");
  assert.equal((await store.read(owner, "app")).record, undefined);
  const [left] = await server.ask(
    "SELECT count(*) AS n FROM persist_session_attributes WHERE name = 'more'",
  );
  assert.equal(Number(left?.["n"]), 0);
});

test("openPostgresStore() brings tables of version 1 up to date, and the commits that they remember stay known", async () => {
  const url = await server.newDatabase();
  await ask(url, postgresSchema());
  const before = await openPostgresStore({ url });
  const owner = newOwner();
  const { epoch } = await create(before, owner, "app", { count: 0 });
  const options = { ...newCommit(), expiresAt: inAnHour() };
  const write: RecordWrite = { state: "app", epoch, set: values({ count: 1 }) };
  const first = await before.write(owner, [write], options);
  await before.close();
  await ask(
    url,
    `ALTER TABLE persist_session_commits DROP COLUMN owner_hash, DROP COLUMN commit_hash,
       ADD CONSTRAINT persist_session_commits_pkey PRIMARY KEY (owner, commit_id);
     DROP FUNCTION persist_session_change;
     UPDATE persist_session_schema SET version = 1`,
  );
  await assert.rejects(openPostgresStore({ url, migrate: false }), (error) =>
    isPersistError(error, "ERR_STORE_FORMAT"),
  );
  const migrated = await openPostgresStore({ url });
  assert.deepEqual(await migrated.write(owner, [write], options), first);
  await writeOne(migrated, owner, { state: "app", epoch, set: values({ count: 2 }) });
  assert.deepEqual(textsOf(await migrated.read(owner, "app")), { count: "2" });
  await migrated.close();
});

test("a server keeps the store's statements by name, and does without when they are gone", async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const own = await openPostgresStore({ client });
  const owner = newOwner();
  const { epoch } = await create(own, owner, "app", { count: 0 });
  const kept = async (): Promise<number> =>
    (await client.query("SELECT FROM pg_prepared_statements WHERE name LIKE 'persist_session_%'"))
      .rowCount ?? 0;
  assert.ok((await kept()) > 0);
  // As a pooler does that gives the connection to another client.
  await client.query("DEALLOCATE ALL");
  await own.read(owner, "app");
  await writeOne(own, owner, { state: "app", epoch, set: values({ count: 1 }) });
  assert.equal(await kept(), 0);
  assert.deepEqual(textsOf(await own.read(owner, "app")), { count: "1" });
  await own.close();
  await client.end();
});
