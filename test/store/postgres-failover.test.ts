import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
} from "../../src/testing/contract/fixture.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { startPostgres, startStandby } from "./fixtures/postgres-server.ts";
import { startProxy, type TcpProxy } from "./fixtures/tcp-proxy.ts";

let primary: PostgresServer;
let standby: PostgresServer;
let proxy: TcpProxy;
let store: Store;
before(async () => {
  primary = await startPostgres();
  standby = await startStandby(primary);
  for (const setting of ["synchronous_standby_names = '*'", "synchronous_commit = 'remote_apply'"])
    await primary.ask(`ALTER SYSTEM SET ${setting}`);
  await primary.ask("SELECT pg_reload_conf()");
  await until("the standby follows", async () => {
    const rows = await primary.ask("SELECT sync_state FROM pg_stat_replication");
    return rows[0]?.["sync_state"] === "sync";
  });
  // What an address that moves with the primary does.
  proxy = await startProxy(primary.port);
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
  store = await openPostgresStore({ url, timeout: 20_000 });
});
after(async () => {
  await store.close();
  await proxy.close();
  await standby.remove();
  await primary.remove();
});

test("write() throws ERR_STORE_READ_ONLY when the server is a standby, and reads go on", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 1 });
  const url = standby.url;
  const replica = await openPostgresStore({ url, migrate: false });
  assert.deepEqual(textsOf(await replica.read(owner, "app")), { n: "1" });
  const write = { state: "app", epoch, set: values({ n: 2 }) };
  await assert.rejects(replica.write(owner, [write], newCommit()), (error) =>
    isPersistError(error, "ERR_STORE_READ_ONLY"),
  );
  await replica.close();
});

test("promise 1 (Reload): no acknowledged commit is lost, and none is done twice, when a standby takes over", async () => {
  const owner = newOwner();
  await create(store, owner, "app", { n: 0 });
  const state = { running: true, acknowledged: 0, failed: [] as unknown[] };
  const writer = (async () => {
    while (state.running) {
      try {
        // Against what was read, so that a commit that is done twice would be seen as a conflict.
        const { record } = await store.read(owner, "app");
        const n = Number(Buffer.from(record?.attributes.get("n")?.bytes ?? []).toString()) + 1;
        const { epoch = 0, version: base = 0 } = record ?? {};
        const write = { state: "app", epoch, base, set: values({ n }) };
        const { outcomes } = await store.write(owner, [write], newCommit());
        assert.equal(outcomes[0]?.outcome, "written");
        state.acknowledged++;
      } catch (error) {
        state.failed.push(error);
      }
    }
  })();
  await until("commits are acknowledged", () => state.acknowledged >= 30);
  await primary.kill();
  await standby.ask("SELECT pg_promote()");
  proxy.pointTo(standby.port);
  proxy.cut();
  const goal = state.acknowledged + 10;
  await until("commits after the change", () => state.acknowledged >= goal);
  state.running = false;
  await writer;
  assert.deepEqual(state.failed, []);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { n: String(state.acknowledged) });
});
