import assert from "node:assert/strict";
import { test } from "node:test";
import { create, newOwner } from "../../src/testing/contract/fixture.ts";
import { postgres } from "./server/engines.ts";
import { LARGE, testRoundTrips } from "./server/round-trips.ts";

// The first call of its kind costs no more than the others.
const stage = testRoundTrips(postgres);

test("values go to the server as they are, and text comes back as it is", async () => {
  const { proxy, store } = stage;
  const owner = newOwner();
  const json = Buffer.from(JSON.stringify({ text: "plain text ".repeat(LARGE / 11) }));
  const noise = new Uint8Array(LARGE).map((_, i) => (i * 7919) % 256);
  proxy.count();
  await create(store, owner, "json", { json });
  await create(store, owner, "noise", { noise });
  const { up } = proxy.count();
  assert.ok(up < 1.01 * (json.length + noise.length), `${up} bytes sent`);
  await store.read(owner, "json");
  const { down } = proxy.count();
  assert.ok(down < 1.01 * json.length, `${down} bytes of text came`);
  await store.read(owner, "noise");
  const { down: base64 } = proxy.count();
  assert.ok(base64 < 1.4 * noise.length, `${base64} bytes of noise came`);
});
