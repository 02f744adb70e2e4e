import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { create, textsOf } from "../../src/testing/contract/fixture.ts";
import { noSmallDisk, startPostgresWithSmallDisk } from "./fixtures/postgres-server.ts";

test(
  "promise 10 (Failure is loud): a full disk refuses commits, loses none, and the store works on when there is room",
  { skip: noSmallDisk() },
  async () => {
    const server = await startPostgresWithSmallDisk();
    try {
      await server.ask(`CREATE TABLESPACE small LOCATION '${join(server.directory, "small")}'`);
      await server.ask("ALTER DATABASE postgres SET default_tablespace = small");
      await server.ask(
        "CREATE TABLE ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 4000)",
      );
      const store = await openPostgresStore({ url: server.url });
      const stored: string[] = [];
      const codes = new Set<string>();
      for (let i = 0; i < 60; i++) {
        try {
          await create(store, `b:${i}`, "app", { a: new Uint8Array(700_000).fill(i), n: i });
          stored.push(`b:${i}`);
        } catch (error) {
          codes.add(isPersistError(error) ? error.code : String(error));
        }
      }
      assert.deepEqual([...codes], ["ERR_STORE_FULL"]);
      assert.ok(stored.length > 5, `${stored.length} stored`);
      for (const owner of stored) {
        const { n, a } = textsOf(await store.read(owner, "app")) ?? {};
        assert.equal(`b:${n}`, owner);
        assert.equal(a?.length, 700_000);
      }
      await server.ask("DROP TABLE ballast");
      await create(store, "b:later", "app", { a: new Uint8Array(700_000) });
      await store.close();
    } finally {
      await server.remove();
    }
  },
);
