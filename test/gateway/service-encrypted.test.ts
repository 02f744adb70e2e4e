import assert from "node:assert/strict";
import { test } from "node:test";
import { joinSession } from "../../src/sessions/records/join.ts";
import { plant } from "./seal-fixture.ts";
import { onEachServer, onEachStore, start } from "./service-fixture.ts";

const tests: Parameters<typeof onEachStore>[0] = (begin) => {
  test("promise 13 (Sealed): what a client writes, pickle too, is in the store for those alone who have the secret", async (t) => {
    const { client, sessions, store, other } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    const life = await handle.life();
    const names = ["data", "text", "raw"];
    await handle.call("write", { life, schema: 1, set: names }, [
      "Pmarker1",
      'J"marker2"',
      "Bmarker3",
    ]);
    const expected = ["Bmarker3", 'J"marker2"', "Pmarker1"];
    const blobsOf = async (some: typeof handle) => [...(await some.restore()).blobs].toSorted();
    assert.deepEqual(await blobsOf(handle), expected);
    const raw = (await store.read(owner, "app")).record?.attributes ?? assert.fail("not stored");
    for (const [name, { bytes }] of raw)
      assert.doesNotMatch(Buffer.from(bytes ?? []).toString("latin1"), /marker/, name);
    for (const name of names) assert.equal(raw.get(name)?.bytes?.[0], "E".charCodeAt(0), name);
    const { session } = handle;
    const elsewhere = await (await (await other()).client()).open(sessions.ring, { session });
    assert.deepEqual(await blobsOf(elsewhere), expected);
    // It goes along to another id, and is sealed for that.
    await handle.call("rotate");
    assert.deepEqual(await blobsOf(handle), expected);
    const to = await (await client()).open(sessions.ring);
    await to.write(await to.life(), { own: "1" });
    const { session: moved } = await handle.restore();
    await joinSession(sessions.engine, moved as string, to.session);
    assert.deepEqual(await blobsOf(to), [...expected, "J1"].toSorted());
  });

  test("promise 7 (Stored bytes are data): no bytes that were planted beside sealed ones reach a client as pickle", async (t) => {
    const { client, sessions, store, other } = await begin(t);
    const handle = await (await client()).open(sessions.ring);
    const owner = `b:${handle.session}`;
    const write = async (value: string) =>
      await handle.call("write", { life: await handle.life(), schema: 1, set: ["data"] }, [value]);
    await write("Pfirst");
    const raw = async (name: string) =>
      (await store.read(owner, "app")).record?.attributes.get(name)?.bytes ??
      assert.fail(`${name} is not stored`);
    const old = await raw("data");
    await write("Psecond");
    const set = new Map<string, Uint8Array>([
      ["plain", Buffer.from("Pevil")],
      ["long", Buffer.from(`P${"evil".repeat(30)}`)],
      ["moved", await raw("data")],
      ["data", old],
    ]);
    await plant(store, owner, { set });
    for (const some of [
      handle,
      await (await (await other()).client()).open(sessions.ring, { session: handle.session }),
    ]) {
      const found = await some.restore();
      assert.deepEqual((found["refused"] as string[]).toSorted(), [
        "data",
        "long",
        "moved",
        "plain",
      ]);
      assert.deepEqual(found.blobs, []);
    }
    // Nor after encryption was turned off, when pickle has a seal of its own.
    const off = await start(t, store, { options: { encrypt: false } });
    const plain = await (await off.client()).open(sessions.ring, { session: handle.session });
    assert.deepEqual((await plain.restore()).blobs, []);
    await plain.call("write", { life: await plain.life(), schema: 1, set: ["data"] }, ["Pthird"]);
    assert.deepEqual((await plain.restore()).blobs, ["Pthird"]);
    assert.deepEqual((await handle.restore()).blobs, ["Pthird"]);
  });
};

onEachStore(tests);
onEachServer(tests);
