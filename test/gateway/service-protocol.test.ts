import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OPERATIONS } from "../../src/gateway/service/connection.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { countingStore } from "../sessions/fixture.ts";
import { root } from "../project/imports.ts";
import { until } from "../support/until.ts";
import { Client } from "./service-client.ts";
import { start } from "./service-fixture.ts";

const page = readFileSync(join(root, "docs/protocol.md"), "utf8");

/** The part of the page about an operation. */
function section(operation: string): string {
  const [, after] = page.split(new RegExp(`^### .*\\b${operation}\\b.*$`, "m"));
  return after?.split(/^##/m, 1)[0] ?? assert.fail(`the page does not describe ${operation}`);
}

/** The fields that the table below "| answer" names. */
function answerFields(operation: string): string[] {
  const [, table = ""] = section(operation).split(/^\| answer.*$/m);
  const rows = table.trimStart().split("\n\n", 1)[0] ?? "";
  return [...rows.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1] ?? "").toSorted();
}

test("the protocol's page describes every operation and no other", () => {
  const [, operations = ""] = page.split(/^## Operations$/m);
  const headings = (operations.split(/^## /m, 1)[0] ?? "").matchAll(/^### (.+)$/gm);
  const described = [...headings].flatMap((match) => (match[1] ?? "").split(" and "));
  const known = [...Object.keys(OPERATIONS), "hello", "open", "close", "fresh"];
  assert.deepEqual(described.toSorted(), known.toSorted());
});

test("the protocol's page names every field of every answer and no other", async (t) => {
  const { address, sessions } = await start(t, memoryStore());
  const client = new Client(address);
  t.after(() => client.end());
  const fields = (reply: object): string[] =>
    Object.keys(reply)
      .filter((name) => !["id", "ok", "blobs"].includes(name))
      .toSorted();
  assert.deepEqual(fields(await client.hello()), answerFields("hello"));
  const handle = await client.open(sessions.ring);
  assert.deepEqual(fields(handle.opened), answerFields("open"));
  const found = await handle.restore();
  assert.deepEqual(fields(found), answerFields("restore"));
  const life = found["life"] as number;
  assert.deepEqual(fields(await handle.write(life, { a: "1" })), answerFields("write"));
  for (const operation of ["rotate", "end"]) {
    const reply = await handle.call(operation);
    assert.deepEqual(fields(reply), ["credential", "session"]);
    for (const name of fields(reply)) assert.ok(section(operation).includes(`\`${name}\``));
  }
});

test("fresh names a Streamlit session, and needs no handle", async (t) => {
  const heard: string[] = [];
  const { client } = await start(t, memoryStore(), { fresh: (id) => void heard.push(id) });
  const one = await client();
  await one.call("fresh", { streamlit: "an id" });
  assert.deepEqual(heard, ["an id"]);
  await assert.rejects(one.call("fresh", { streamlit: 1 }), { code: "ERR_SERVICE_PROTOCOL" });
  await assert.rejects(one.call("fresh"), { code: "ERR_SERVICE_PROTOCOL" });
});

test("a client that is gone leaves nothing behind: no handle, no watch, no session", async (t) => {
  const store = countingStore(memoryStore());
  let watching = 0;
  const watch = store.watch.bind(store);
  store.watch = async (...args) => {
    const stop = await watch(...args);
    watching++;
    return () => {
      watching--;
      stop();
    };
  };
  const { client, sessions, service } = await start(t, store);
  const one = await client();
  const handles = [];
  for (let at = 0; at < 20; at++) handles.push(await one.open(sessions.ring));
  for (const handle of handles) {
    const life = await handle.life();
    await handle.call("watch", { life });
    if (handle === handles[0]) await handle.write(life, { a: "1" });
  }
  assert.equal(watching, 20);
  await handles[1]?.call("close");
  assert.equal(watching, 19);
  assert.equal(service.size, 19);
  one.end();
  await until("all is let go", () => watching === 0 && service.size === 0);
});
