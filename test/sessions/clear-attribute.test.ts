import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { currentSession, isPersistError, persist, restore } from "../../src/index.ts";
import { fixture, opened } from "./fixture.ts";

@persist("clear-attribute.app")
class AppState {
  count = 0;
  todos: unknown[] = ["first"];
  declare note?: string;
}

async function damaged() {
  const made = fixture();
  const session = await made.sessions.open();
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 7;
    state.todos.push("second");
    state.note = "kept";
  });
  const owner = `b:${session.id}`;
  const damage = async (name: string) => {
    const { record, expiresAt } = await made.store.read(owner, "clear-attribute.app");
    assert.ok(record);
    const set = new Map([[name, Buffer.from('J["cut')]]);
    const { epoch, version: base, schema } = record;
    const change = {
      state: "clear-attribute.app",
      epoch,
      base,
      schema,
      set,
      remove: [],
      expiresAt: 0,
    };
    await made.store.write(owner, [change], { commitId: randomUUID(), expiresAt });
  };
  await damage("todos");
  return { ...made, session, damage };
}

test("an attribute that cannot be decoded names itself and the way out, and the others can be read", async () => {
  const { session } = await damaged();
  await session.run(async () => {
    const state = await restore(AppState);
    assert.equal(state.count, 7);
    assert.throws(
      () => state.todos,
      (error) => {
        assert.ok(isPersistError(error, "ERR_DECODE"));
        assert.match(error.message, /AppState\.todos/);
        assert.match(error.message, /session\.clearAttribute\(AppState, "todos"\)/);
        assert.doesNotMatch(error.message, /cut/);
        return true;
      },
    );
    state.count++;
  });
  assert.equal(await session.run(async () => (await restore(AppState)).count), 8);
});

test("clearAttribute() gives the class's default, keeps the others, and the attribute can be used at once", async () => {
  const { session, other } = await damaged();
  await session.run(async () => {
    const state = await restore(AppState);
    await currentSession().clearAttribute(AppState, "todos");
    assert.deepEqual(state.todos, ["first"]);
    assert.deepEqual([state.count, state.note], [7, "kept"]);
  });
  const elsewhere = await other().open(session.token);
  await elsewhere.run(async () => {
    const state = await restore(AppState);
    assert.deepEqual([state.todos, state.count], [["first"], 7]);
    state.todos.push("third");
  });
  await session.run(async () => {
    assert.deepEqual((await restore(AppState)).todos, ["first", "third"]);
    assert.deepEqual((await currentSession().peek(AppState)).todos, ["first", "third"]);
  });
});

test("clearAttribute() needs no restore, and drops what the scope had assigned before", async () => {
  const { session } = await damaged();
  await session.run(async () => {
    (await restore(AppState)).count = 100;
    await currentSession().clearAttribute(AppState, "count");
    await currentSession().clearAttribute(AppState, "todos");
  });
  await session.run(async () => {
    const state = await restore(AppState);
    assert.deepEqual([state.count, state.todos], [0, ["first"]]);
  });
});

test("an attribute without a default is gone after clearAttribute(), and an unknown one is an error", async () => {
  const { session } = await damaged();
  await session.run(async () => {
    await currentSession().clearAttribute(AppState, "note");
    assert.equal("note" in (await restore(AppState)), false);
    const unknown = "nothing" as "note";
    await assert.rejects(currentSession().clearAttribute(AppState, unknown), {
      code: "ERR_OPTION_INVALID",
      message: /"nothing"/,
    });
  });
  assert.equal(await session.run(async () => "note" in (await restore(AppState))), false);
});

test("assigning an attribute that cannot be decoded replaces it", async () => {
  const { session } = await damaged();
  await session.run(async () => {
    (await restore(AppState)).todos = ["new"];
  });
  assert.deepEqual(await session.run(async () => (await restore(AppState)).todos), ["new"]);
});

test("an attribute that is damaged while a scope has it open is no reason to refuse the others", async () => {
  const { session, damage } = await damaged();
  await session.run(async () => {
    await currentSession().clearAttribute(AppState, "todos");
    const state = await restore(AppState);
    assert.equal(state.todos.length, 1);
    await damage("todos");
    await session.run(async () => {
      assert.equal((await restore(AppState)).count, 7);
      assert.throws(() => state.todos, { code: "ERR_DECODE" });
    });
  });
});

const V1 = "clear-attribute.versions";

test("a record that cannot be migrated because of one attribute can be, once that is cleared", async () => {
  class Versions {
    a: unknown = 1;
    b: unknown = 2;
    declare c?: number;
  }
  persist(V1, Versions);
  const { session, store } = await opened();
  await session.run(async () => {
    (await restore(Versions)).a = "kept";
  });
  const owner = `b:${session.id}`;
  const { record, expiresAt } = await store.read(owner, V1);
  assert.ok(record);
  const { epoch, version: base, schema } = record;
  const set = new Map([["b", Buffer.from("J[")]]);
  const change = { state: V1, epoch, base, schema, set, remove: [], expiresAt: 0 };
  await store.write(owner, [change], { commitId: randomUUID(), expiresAt });
  persist(V1, Versions, { version: 2, migrate: (old) => ({ ...old, c: 3 }) });
  await session.run(async () => {
    await assert.rejects(restore(Versions), { code: "ERR_DECODE", message: /Versions\.b/ });
    await currentSession().clearAttribute(Versions, "b");
    const state = await restore(Versions);
    assert.deepEqual({ ...state }, { a: "kept", b: 2, c: 3 });
  });
});

test("bytes that another writer damaged are not written over by a scope that only read the value before", async () => {
  const { session, store } = await opened();
  await session.run(async () => void ((await restore(AppState)).count = 7));
  const owner = `b:${session.id}`;
  const stored = async () => {
    const { record } = await store.read(owner, "clear-attribute.app");
    return Buffer.from(record?.attributes.get("todos")?.bytes ?? "").toString();
  };
  await session.run(async () => {
    const state = await restore(AppState);
    assert.equal(state.todos.length, 1);
    const { epoch } = await store.read(owner, "clear-attribute.app");
    const set = new Map([["todos", Buffer.from('J["cut')]]);
    await store.write(owner, [{ state: "clear-attribute.app", epoch, set }], {
      commitId: randomUUID(),
      expiresAt: Date.now() + 60_000,
    });
    await session.run(async () => assert.equal((await restore(AppState)).count, 7));
    state.count = 8;
  });
  assert.equal(await stored(), 'J["cut');
});
