import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { createSessions } from "../../src/sessions/sessions.ts";
import { persist } from "../../src/state/persist.ts";
import { parseStoreUrl } from "../../src/store/open-store.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { persistSession } from "./command.ts";

const secret = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";
// The command reads sealed values, as its user would let it.
process.env["PERSIST_SESSION_SECRET"] = secret;
const directory = newDirectory();
const url = `lmdb:${directory.path}`;
const sessions = createSessions({ store: url, secret, sweepInterval: false });
after(async () => {
  await sessions.close();
  directory.remove();
});

class Account {
  owner = "of a class that the command line does not know";
}

@persist("cli-damaged", { types: { Account } })
class Damaged {
  count = 0;
  todos = ["default"];
  account = new Account();
  frame = "";
  future = "";
}

async function damaged() {
  const session = await sessions.open();
  await session.run(async () => {
    const state = await session.restore(Damaged);
    state.count = 3;
    state.todos.push("secret todo");
  });
  const owner = `b:${session.id}`;
  const store = await parseStoreUrl(url).open();
  const { record, expiresAt } = await store.read(owner, "cli-damaged");
  assert.ok(record);
  const set = new Map([
    ["todos", Buffer.from('J["secret todo')],
    ["frame", Buffer.from("ARROW2 secret")],
    ["future", Buffer.from('J{"$future":[1]}')],
  ]);
  const { epoch, version: base, schema } = record;
  const change = { state: "cli-damaged", epoch, base, schema, set, remove: [], expiresAt: 0 };
  await store.write(owner, [change], { commitId: randomUUID(), expiresAt });
  await store.close();
  return session;
}

test("show marks attributes that no program can read, and shows the others", async () => {
  const { id } = await damaged();
  const { code, stdout } = await persistSession(["show", id, "--store", url]);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}todos .* DAMAGED: JSON expected$/m);
  assert.match(stdout, /^ {2}frame .* DAMAGED: no Arrow file$/m);
  assert.match(stdout, /^ {2}(count|account|future) .*JSON, version \d+$/m);
  assert.equal(stdout.match(/DAMAGED/g)?.length, 2);
  assert.doesNotMatch(stdout, /secret/);
  const machine = await persistSession(["show", id, "--store", url, "--json", "--content"]);
  const view = JSON.parse(machine.stdout) as {
    records: { attributes: { name: string; damaged?: string }[] }[];
  };
  const marked = view.records[0]?.attributes.filter((one) => one.damaged !== undefined);
  assert.deepEqual(marked?.map(({ name }) => name).toSorted(), ["frame", "todos"]);
});

test("clear --attribute gives one attribute the class's default, and the others stay", async () => {
  const session = await damaged();
  const args = ["clear", session.id, "--store", url, "--state", "cli-damaged"];
  const { code, stdout } = await persistSession([...args, "--attribute", "todos"]);
  assert.deepEqual([code, stdout], [0, 'Cleared 1 "todos" of "cli-damaged" of session.\n']);
  const back = await sessions.open(session.token);
  await back.run(async () => {
    const state = await back.restore(Damaged);
    assert.deepEqual([state.count, state.todos], [3, ["default"]]);
    assert.equal(state.account.owner, new Account().owner);
    state.todos.push("new");
  });
  await back.run(async () => {
    assert.deepEqual((await back.restore(Damaged)).todos, ["default", "new"]);
  });
  const json = await persistSession([...args, "--attribute", "frame", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), {
    owner: `b:${session.id}`,
    state: "cli-damaged",
    attribute: "frame",
    cleared: true,
  });
});

test("an app that has the state open follows clear --attribute", async () => {
  const session = await damaged();
  await session.run(async () => {
    const state = await session.restore(Damaged);
    assert.throws(() => state.todos, { code: "ERR_DECODE" });
    const args = ["clear", session.id, "--store", url, "--state", "cli-damaged"];
    assert.equal((await persistSession([...args, "--attribute", "todos"])).code, 0);
    await session.run(async () => {
      assert.deepEqual((await session.restore(Damaged)).todos, ["default"]);
    });
  });
});

test("clear --attribute says what there is when there is no such attribute or state", async () => {
  const { id } = await damaged();
  const args = ["clear", id, "--store", url];
  const attribute = await persistSession([...args, "--state", "cli-damaged", "--attribute", "x"]);
  assert.equal(attribute.code, 1);
  assert.match(attribute.stderr, /no attribute "x".*"count".*"todos"/s);
  const state = await persistSession([...args, "--state", "nothing", "--attribute", "todos"]);
  assert.equal(state.code, 1);
  assert.match(state.stderr, /No state "nothing" is stored/);
  const alone = await persistSession([...args, "--attribute", "todos"]);
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /--attribute needs --state/);
});
