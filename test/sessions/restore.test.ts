import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { test } from "node:test";
import { currentSession, persist, restore, sessionOf } from "../../src/index.ts";
import { testSession } from "../../src/testing/test-session.ts";
import { opened } from "./fixture.ts";

class Money {
  amount = 0;
  currency = "EUR";
  double(): number {
    return this.amount * 2;
  }
}

@persist("restore.app", { types: { Money }, transient: ["scratch"] })
class AppState {
  count = 0;
  todos: string[] = [];
  price = new Money();
  scratch = "fresh";
  label?: string;
  readonly born = Math.random();
  #cache = new Map<string, number>();
  add = (text: string): number => this.todos.push(text);

  remember(key: string): number {
    this.#cache.set(key, (this.#cache.get(key) ?? 0) + 1);
    return this.#cache.get(key) ?? 0;
  }
  get summary(): string {
    return `${this.count}/${this.todos.length}`;
  }
}

test("promise 1 (Reload): restore() gives every change back after the scope that made it has ended", async () => {
  await using browser = await testSession();
  await browser.run(async () => {
    const state = await restore(AppState);
    state.count = 3;
    state.add("milk");
    state.price.amount = 12;
    state.label = "shopping";
  });
  await browser.reload();
  await browser.run(async () => {
    const state = await restore(AppState);
    assert.deepEqual(
      [state.count, state.todos, state.price.amount, state.label],
      [3, ["milk"], 12, "shopping"],
    );
  });
});

test("restore() gives a true instance: methods, private fields, accessors, instanceof and registered classes", async () => {
  await using browser = await testSession();
  await browser.run(async () => {
    const state = await restore(AppState);
    state.count = 1;
    state.price.amount = 4;
  });
  await browser.reload();
  await browser.run(async () => {
    const state = await restore(AppState);
    assert.ok(state instanceof AppState);
    assert.equal(state.remember("a") + state.remember("a"), 3);
    assert.equal(state.summary, "1/0");
    assert.ok(state.price instanceof Money);
    assert.equal(state.price.double(), 8);
  });
});

test("restore() keeps a random default from the first commit on", async () => {
  await using browser = await testSession();
  const first = await browser.run(async () => {
    const state = await restore(AppState);
    state.count = 1;
    return state.born;
  });
  await browser.reload();
  assert.equal(await browser.run(async () => (await restore(AppState)).born), first);
});

test("restore() does not keep transient attributes, functions and private fields", async () => {
  await using browser = await testSession();
  await browser.run(async () => {
    const state = await restore(AppState);
    state.count = 1;
    state.scratch = "used";
    state.remember("a");
  });
  await browser.reload();
  await browser.run(async () => {
    const state = await restore(AppState);
    assert.equal(state.scratch, "fresh");
    assert.equal(state.remember("a"), 1);
    assert.equal(state.add("works"), 1);
  });
});

test("promise 9 (Bounds): a visitor who only reads costs the store no write", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    assert.equal(state.count + state.todos.length + state.price.amount, 0);
    state.count = 0;
    JSON.stringify(state);
  });
  assert.deepEqual([store.writes, store.touches, store.clears], [0, 0, 0]);
});

test("promise 4 (Merging): a scope that only reads writes nothing", async () => {
  const { session, sessions, store } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    state.todos.push("one");
  });
  const { writes } = store;
  const again = await sessions.open(session.token);
  await again.run(async () => {
    const state = await restore(AppState);
    structuredClone({ ...state, add: undefined });
    state.todos = [...state.todos];
  });
  assert.equal(store.writes, writes);
});

test("restore() reads a record once per scope, and only what has changed", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    const first = await restore(AppState);
    assert.equal(await restore(AppState), first);
    assert.equal(await session.restore(AppState), first);
    assert.equal(await currentSession().restore(AppState), first);
  });
  assert.equal(store.reads, 1);
});

test("restore() throws ERR_NO_SESSION naming the adapter when there is no scope", async () => {
  await assert.rejects(restore(AppState), {
    code: "ERR_NO_SESSION",
    message: /app\.use\(persistSession\(\)\)/,
  });
  assert.throws(() => currentSession(), { code: "ERR_NO_SESSION" });
  const { session } = await opened();
  await assert.rejects(session.restore(AppState), {
    code: "ERR_NO_SESSION",
    message: /session\.run/,
  });
});

test("the message of ERR_NO_SESSION names each adapter, and what Next has in its place", async () => {
  const { exports } = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { exports: Record<string, { default?: string }> };
  const adapters = Object.keys(exports)
    .filter((name) => exports[name]?.default?.startsWith("./dist/adapter/"))
    .map((name) => name.slice(1));
  assert.ok(adapters.length >= 14);
  await assert.rejects(restore(AppState), ({ message }: Error) => {
    for (const name of adapters) assert.match(message, new RegExp(`${name}\\b`));
    return /session\.action.*session\.route.*session\.peek/.test(message);
  });
  assert.throws(() => sessionOf({}), /app\.use\(persistSession\(\)\).*Koa.*SvelteKit.*Next/);
});

test("restore() throws ERR_NOT_PERSISTED when the class was never marked", async () => {
  class Unmarked {}
  await using browser = await testSession();
  await assert.rejects(
    browser.run(async () => await restore(Unmarked)),
    { code: "ERR_NOT_PERSISTED", message: /Unmarked/ },
  );
});

test("restore() throws ERR_CLASS_FROZEN when the constructor freezes the instance", async () => {
  @persist("restore.frozen")
  class Frozen {
    count = 0;
    constructor() {
      Object.freeze(this);
    }
  }
  await using browser = await testSession();
  await assert.rejects(
    browser.run(async () => await restore(Frozen)),
    { code: "ERR_CLASS_FROZEN", message: /Object\.freeze/ },
  );
});

test("inspect() shows the values of a state and marks nothing", async () => {
  const { session, sessions, store } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    state.todos.push("milk");
  });
  const { writes } = store;
  const again = await sessions.open(session.token);
  await again.run(async () => {
    const shown = inspect(await restore(AppState));
    assert.match(shown, /AppState \{/);
    assert.match(shown, /todos: \[ 'milk' \]/);
    assert.doesNotMatch(shown, /Getter/);
  });
  assert.equal(store.writes, writes);
});

test("a restored state is as plain as any object: keys, JSON, structuredClone, spread", async () => {
  await using browser = await testSession();
  await browser.run(async () => {
    const state = await restore(AppState);
    state.todos.push("milk");
    assert.deepEqual(Object.keys(state), Object.keys(new AppState()));
    assert.deepEqual(JSON.parse(JSON.stringify(state)).todos, ["milk"]);
    assert.ok(Array.isArray(structuredClone(state.todos)));
    assert.equal({ ...state }.todos, state.todos);
  });
});

test("promise 10 (Failure is loud): a failed read is an error and never an empty state", async () => {
  const { session, store } = await opened();
  await session.run(async () => {
    (await restore(AppState)).count = 5;
  });
  store.failing.read = new Error("the disk is gone");
  await assert.rejects(
    session.run(async () => await restore(AppState)),
    /the disk is gone/,
  );
  store.failing = {};
  assert.equal(await session.run(async () => (await restore(AppState)).count), 5);
});
