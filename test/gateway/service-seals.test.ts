import assert from "node:assert/strict";
import { test } from "node:test";
import { SEAL_BYTES } from "../../src/identity/seal.ts";
import type { Store } from "../../src/store/store.ts";
import type { TestHandle } from "./service-client.ts";
import { onEachStore, UNENCRYPTED } from "./service-fixture.ts";

const PICKLE = "P\x80\x05\x95pickled";

async function stored(
  store: Store,
  owner: string,
  name: string,
  state = "app",
): Promise<Uint8Array> {
  const { record } = await store.read(owner, state);
  return record?.attributes.get(name)?.bytes ?? assert.fail(`${name} is not stored`);
}

/** Puts bytes into the store past the service, as an attacker who can write there would. */
async function plant(
  store: Store,
  owner: string,
  values: Record<string, Uint8Array>,
  state = "app",
): Promise<void> {
  const { epoch, record } = await store.read(owner, state);
  const set = new Map(Object.entries(values));
  const base = record === undefined ? ({ base: "absent" } as const) : {};
  const options = { commitId: `${Math.random()}`, expiresAt: Date.now() + 60_000 };
  const { outcomes } = await store.write(owner, [{ state, epoch, ...base, set }], options);
  assert.equal(outcomes[0]?.outcome, "written");
}

async function writePickle(handle: TestHandle, name: string, fields = {}): Promise<void> {
  const life = await handle.life(fields);
  await handle.call("write", { life, schema: 1, set: [name] }, [PICKLE]);
}

onEachStore((begin) => {
  test("sealed values come back as they were, and stand in the store with their seal", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await writePickle(handle, "data");
    const found = await handle.restore();
    assert.deepEqual([found.blobs, found["refused"]], [[PICKLE], []]);
    const bytes = await stored(store, `b:${handle.session}`, "data");
    assert.equal(bytes.length, PICKLE.length + SEAL_BYTES);
    assert.equal(bytes[0], "P".charCodeAt(0));
  });

  test("promise 7 (Stored bytes are data): bytes that an attacker planted in the store never reach a client", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const one = await client();
    const handle = await one.open(sessions.ring);
    const other = await one.open(sessions.ring);
    const owner = `b:${handle.session}`;
    await writePickle(handle, "data");
    await writePickle(handle, "data", { state: "second" });
    await writePickle(other, "data");
    await writePickle(handle, "data", { owner: "tab" });
    const good = await stored(store, owner, "data");
    const tampered = Uint8Array.from(good);
    tampered[60] = (tampered[60] ?? 0) ^ 1;
    const planted = {
      plain: Buffer.from(PICKLE, "latin1"),
      short: Buffer.from("P"),
      tampered,
      cut: good.subarray(0, -1),
      moved: good,
      "other-state": await stored(store, owner, "data", "second"),
      "other-session": await stored(store, `b:${other.session}`, "data"),
      "other-owner": await stored(store, `t:${handle.session}:tab`, "data"),
    };
    await plant(store, owner, planted);
    const found = await handle.restore();
    assert.deepEqual(found["refused"], Object.keys(planted));
    assert.deepEqual(
      (found["attributes"] as [string, number][]).map(([name]) => name),
      ["data"],
    );
    assert.deepEqual(found.blobs, [PICKLE]);
    // The same name in another state, session or owner.
    await plant(store, `b:${other.session}`, { data: good });
    assert.deepEqual((await other.restore())["refused"], ["data"]);
    await plant(store, owner, { data: good }, "second");
    assert.deepEqual((await handle.restore({ state: "second" }))["refused"], ["data"]);
  });

  test("a value that was refused can be written over", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await plant(store, `b:${handle.session}`, { data: Buffer.from(PICKLE, "latin1") });
    assert.deepEqual((await handle.restore())["refused"], ["data"]);
    await writePickle(handle, "data");
    assert.deepEqual((await handle.restore()).blobs, [PICKLE]);
  });

  test("rotate seals anew, and what was refused before is refused after", async (t) => {
    const { client, sessions, store } = await begin(t, UNENCRYPTED);
    const handle = await (await client()).open(sessions.ring);
    await writePickle(handle, "data");
    await writePickle(handle, "data", { owner: "tab" });
    const old = await stored(store, `b:${handle.session}`, "data");
    await plant(store, `b:${handle.session}`, { planted: Buffer.from(PICKLE, "latin1") });
    const { session } = await handle.call("rotate");
    const found = await handle.restore();
    assert.deepEqual([found.blobs, found["refused"]], [[PICKLE], ["planted"]]);
    assert.deepEqual((await handle.restore({ owner: "tab" })).blobs, [PICKLE]);
    await plant(store, `b:${session as string}`, { data: old });
    assert.deepEqual((await handle.restore())["refused"], ["data", "planted"].toSorted());
  });
});
