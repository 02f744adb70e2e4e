import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { RecordChange, Store } from "../../src/store/store.ts";
import {
  create,
  inAnHour,
  newOwner,
  until,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: PostgresServer;
let proxy: TcpProxy;
let writer: Store;
before(async () => (server = await startPostgres()));
after(() => server.remove());
beforeEach(async () => {
  proxy = await startProxy(server.port);
  writer = await openPostgresStore({ url: server.url });
});
afterEach(async () => {
  await writer.close();
  await proxy.close();
});

function proxied(): string {
  return `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
}

/** A store whose connections all go through the proxy, by each kind of client that connects again. */
const kinds: Record<string, () => Promise<{ store: Store; end: () => Promise<void> }>> = {
  "a URL": async () => ({
    store: await openPostgresStore({ url: proxied() }),
    end: async () => undefined,
  }),
  "a pool": async () => {
    const client = new pg.Pool({ connectionString: proxied(), max: 3 });
    return { store: await openPostgresStore({ client }), end: () => client.end() };
  },
};

for (const [kind, openStore] of Object.entries(kinds)) {
  test(`watch() tells each watcher once what may have changed when the connection was lost, by ${kind}`, async () => {
    const { store, end } = await openStore();
    const [kept, ended] = [newOwner(), newOwner()];
    const { epoch } = await create(writer, kept, "a", { x: 1 });
    await create(writer, kept, "cleared", { x: 1 });
    await create(writer, kept, "as it was", { x: 1 });
    await create(writer, ended, "a", { x: 1 });
    const told: RecordChange[] = [];
    for (const owner of [kept, ended]) await store.watch(owner, (change) => told.push(change));

    // While the connection is away: a change, a new state, a clear and an end.
    proxy.pointTo(1);
    proxy.cut();
    await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 2 }) });
    await create(writer, kept, "b", { x: 1 });
    await writer.clear(kept, { state: "cleared", commitId: "c1", until: inAnHour() });
    await writer.clear(ended, { commitId: "c2", until: inAnHour() });
    assert.deepEqual(told, []);

    proxy.pointTo(server.port);
    const named = (): string[] =>
      told.filter(({ owner }) => owner === kept).map(({ state }) => String(state));
    await until("told of what was missed", () => named().length >= 3 && told.length >= 4);
    assert.deepEqual(new Set(named()), new Set(["a", "b", "cleared"]));
    assert.equal(told.length, 4);
    assert.deepEqual(
      told.filter(({ owner }) => owner === ended),
      [{ owner: ended, state: undefined }],
    );

    // And messages come again.
    told.length = 0;
    await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 3 }) });
    await until("told of the next change", () => told.length > 0);
    assert.deepEqual(told, [{ owner: kept, state: "a" }]);
    await store.close();
    await end();
  });
}

test("watch() works with a single client", async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const store = await openPostgresStore({ client });
  const owner = newOwner();
  const told: RecordChange[] = [];
  await store.watch(owner, (change) => told.push(change));
  await create(writer, owner, "a", { x: 1 });
  await create(store, owner, "b", { x: 1 });
  await until("told", () => told.length === 2);
  await store.close();
  await client.end();
});

test("watch() takes one connection for all owners", async () => {
  const store = await openPostgresStore({ url: `${proxied()}?connections=1` });
  const { connections } = proxy;
  const owners = Array.from({ length: 20 }, newOwner);
  const told: RecordChange[] = [];
  await Promise.all(owners.map((owner) => store.watch(owner, (change) => told.push(change))));
  assert.equal(proxy.connections, connections + 1);
  await Promise.all(owners.map((owner) => create(writer, owner, "app", { a: 1 })));
  await until("told of all", () => told.length === owners.length);
  assert.deepEqual(new Set(told.map(({ owner }) => owner)), new Set(owners));
  await store.close();
});

test("watch() tells states by name when the name is too long for a message, and leaves owners alone that nobody watches", async () => {
  const store = await openPostgresStore({ url: server.url });
  const [owner, unwatched] = [`b:${"x".repeat(9000)}`, newOwner()];
  const told: RecordChange[] = [];
  await store.watch(owner, (change) => told.push(change));
  const states = ["größe".repeat(2000), "\ud800", "short"];
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const messages: unknown[] = [];
  client.on("notification", ({ payload }) => messages.push(payload));
  await client.query("LISTEN persist_session_public");
  await create(writer, unwatched, "app", { a: 1 });
  for (const state of states) {
    const { length } = told;
    await create(writer, owner, state, { a: 1 });
    await until("told", () => told.length > length);
  }
  assert.deepEqual(
    told,
    states.map((state) => ({ owner, state })),
  );
  await until("all messages", () => messages.length >= states.length);
  assert.equal(messages.length, states.length);
  await client.end();
  await store.close();
});
