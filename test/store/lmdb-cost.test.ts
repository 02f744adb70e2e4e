import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "lmdb";
import { isPersistError } from "../../src/errors.ts";
import { valueKey } from "../../src/store/lmdb/keys.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { create, textsOf, values, writeOne } from "../../src/testing/contract/fixture.ts";
import { newDirectory } from "./fixtures/directory.ts";

test("read() and write() touch only the attributes that changed: a value that is gone is missed only when it is needed", async () => {
  const { path, remove } = newDirectory();
  const first = await openLmdbStore({ path });
  const point = await create(first, "b:1", "app", { large: new Uint8Array(10_000_000), small: 1 });
  await first.close();
  const database = open({
    path: join(path, "data.mdb"),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
  });
  assert.equal(await database.remove(valueKey("b:1", "app", "large")), true);
  await database.close();

  const store = await openLmdbStore({ path });
  const { epoch } = point;
  assert.deepEqual(textsOf(await store.read("b:1", "app", point)), {});
  await writeOne(store, "b:1", {
    state: "app",
    epoch,
    base: point.version,
    set: values({ small: 2 }),
  });
  assert.deepEqual(textsOf(await store.read("b:1", "app", point)), { small: "2" });
  await store.touch("b:1", Date.now() + 1e9);
  assert.deepEqual((await store.owner("b:1")).states, ["app"]);
  await assert.rejects(store.read("b:1", "app"), (error) =>
    isPersistError(error, "ERR_STORE_CORRUPT"),
  );
  await store.close();
  remove();
});
