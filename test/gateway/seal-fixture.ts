import assert from "node:assert/strict";
import { sealNameOf } from "../../src/identity/seal-name.ts";
import type { RecordWrite, Store } from "../../src/store/store.ts";
import type { TestHandle } from "./service-client.ts";

async function attributes(store: Store, owner: string) {
  return (await store.read(owner, "app")).record?.attributes ?? assert.fail("nothing is stored");
}

export async function bytesOf(store: Store, owner: string, name: string): Promise<Uint8Array> {
  return (await attributes(store, owner)).get(name)?.bytes ?? assert.fail(`${name} is not stored`);
}

export async function hasNumber(store: Store, owner: string, name: string): Promise<boolean> {
  return (await attributes(store, owner)).get(sealNameOf(name))?.bytes !== undefined;
}

/** Writes past the service, as an attacker who can write in the store would. */
export async function plant(
  store: Store,
  owner: string,
  write: Partial<RecordWrite>,
): Promise<void> {
  const { epoch } = await store.read(owner, "app");
  const options = { commitId: `${Math.random()}`, expiresAt: Date.now() + 60_000 };
  const planted = { state: "app", epoch, set: new Map<string, Uint8Array>(), ...write };
  const { outcomes } = await store.write(owner, [planted], options);
  assert.equal(outcomes[0]?.outcome, "written");
}

/** Writes pickled values as a client does; the payloads are texts here. */
export async function pickle(handle: TestHandle, values: Record<string, string>, fields = {}) {
  const life = await handle.life(fields);
  const blobs = Object.values(values).map((value) => `P${value}`);
  await handle.call("write", { life, schema: 1, set: Object.keys(values) }, blobs);
}
