import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions, isPersistError, persist, restore } from "../../src/index.ts";
import { fixture, opened } from "./fixture.ts";

@persist("failures.app")
class AppState {
  count = 0;
  todos: unknown[] = [];
  other: unknown = null;
}

const unsupported: [string, unknown, RegExp][] = [
  ["a function", () => 1, /AppState\.todos\[1\]\.owner/],
  ["a symbol", Symbol("secret-content"), /AppState\.todos\[1\]\.owner/],
  [
    "an instance of a class that is not registered",
    new (class Account {})(),
    /AppState\.todos\[1\]\.owner.*types/s,
  ],
  ["a Promise", Promise.resolve(), /AppState\.todos\[1\]\.owner/],
];

for (const [what, value, message] of unsupported) {
  test(`promise 10 (Failure is loud): ${what} in an attribute names class, attribute and path, and the others are saved`, async () => {
    const { sessions } = fixture();
    const session = await sessions.open();
    await assert.rejects(
      session.run(async () => {
        const state = await restore(AppState);
        state.count = 7;
        state.todos.push("ok", { owner: value });
      }),
      (error) => {
        assert.ok(isPersistError(error, "ERR_VALUE_UNSUPPORTED"));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret-content/);
        return true;
      },
    );
    await session.run(async () => {
      const { count, todos } = await restore(AppState);
      assert.deepEqual([count, todos], [7, []]);
    });
  });
}

test("a reference to the state itself throws ERR_SELF_REFERENCE, and the others are saved", async () => {
  const { session } = await opened();
  await assert.rejects(
    session.run(async () => {
      const state = await restore(AppState);
      state.count = 1;
      state.other = { me: state };
    }),
    { code: "ERR_SELF_REFERENCE", message: /AppState\.other\.me/ },
  );
  assert.equal(await session.run(async () => (await restore(AppState)).count), 1);
});

test("several attributes that cannot be stored are all named", async () => {
  const { session } = await opened();
  await assert.rejects(
    session.run(async () => {
      const state = await restore(AppState);
      state.todos.push(() => 1);
      state.other = Symbol.iterator;
    }),
    { code: "ERR_VALUE_UNSUPPORTED", message: /AppState\.todos\[0\][^]*AppState\.other/ },
  );
});

test("stored bytes that do not decode throw ERR_DECODE at that attribute, and are kept until the app assigns", async () => {
  const { session, store, other } = await opened();
  await session.run(async () => {
    const state = await restore(AppState);
    state.count = 3;
    state.todos.push("milk");
  });
  const owner = `b:${session.id}`;
  const { record } = await store.read(owner, "failures.app");
  const damaged = new TextEncoder().encode('J{"secret-content":');
  await store.write(
    owner,
    [{ state: "failures.app", epoch: record!.epoch, set: new Map([["todos", damaged]]) }],
    { commitId: "damage", expiresAt: Date.now() + 1e9 },
  );
  const there = await other().open(session.token);
  await there.run(async () => {
    const state = await restore(AppState);
    state.count = 4;
    assert.throws(
      () => state.todos,
      (error) => {
        assert.ok(isPersistError(error, "ERR_DECODE"));
        assert.match(error.message, /AppState\.todos/);
        assert.doesNotMatch(error.message, /secret-content/);
        return true;
      },
    );
  });
  const after = await store.read(owner, "failures.app");
  assert.deepEqual(
    Buffer.from(after.record!.attributes.get("todos")!.bytes!),
    Buffer.from(damaged),
  );
  await there.run(async () => {
    const state = await restore(AppState);
    assert.equal(state.count, 4);
    state.todos = [];
  });
  await there.run(async () => assert.deepEqual((await restore(AppState)).todos, []));
});

test("promise 9 (Bounds): an attribute or a session that is too large gives a clear error and loses nothing", async () => {
  const { session } = await opened({ limits: { attribute: 1000, session: 2500 } });
  await assert.rejects(
    session.run(async () => {
      const state = await restore(AppState);
      state.count = 1;
      state.other = "x".repeat(2000);
    }),
    { code: "ERR_ATTRIBUTE_TOO_LARGE", message: /AppState\.other.*1000/s },
  );
  await session.run(async () => {
    const state = await restore(AppState);
    assert.deepEqual([state.count, state.other], [1, null]);
    state.other = "x".repeat(900);
  });
  await assert.rejects(
    session.run(async () => {
      const state = (await restore(AppState)) as AppState & Record<string, unknown>;
      state["more"] = "y".repeat(900);
      state["evenMore"] = "z".repeat(900);
    }),
    { code: "ERR_SESSION_TOO_LARGE" },
  );
  await session.run(async () => assert.equal(String((await restore(AppState)).other).length, 900));
});

test("createSessions() refuses bad options at once, each by name", () => {
  const secret = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
  for (const [options, code, message] of [
    [{ ttl: "never" }, "ERR_OPTION_INVALID", /ttl/],
    [{ ttl: 0 }, "ERR_OPTION_INVALID", /ttl/],
    [{ tll: 5 }, "ERR_OPTION_INVALID", /"tll"/],
    [{ limits: { attribute: -1 } }, "ERR_OPTION_INVALID", /limits\.attribute/],
    [{ cookie: { name: "a b" } }, "ERR_OPTION_INVALID", /cookie\.name/],
    [{ trustProxy: ["10.0.0.0/99"] }, "ERR_OPTION_INVALID", /trustProxy/],
    [{ secret: "abc" }, "ERR_SECRET_TOO_SHORT", /at least 32/],
    [{ store: "mongodb://user:hidden@host" }, "ERR_STORE_URL", /"lmdb:/],
    [{ store: "lmdb:" }, "ERR_STORE_URL", /"lmdb:/],
  ] as const) {
    assert.throws(
      () => createSessions({ store: "memory:", secret, sweepInterval: false, ...options } as never),
      (error) => {
        assert.ok(isPersistError(error, code), String(error));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      },
    );
  }
});

test("close() makes later calls fail with ERR_STORE_CLOSED", async () => {
  const { session, sessions } = await opened();
  await sessions.close();
  await assert.rejects(
    session.run(async () => await restore(AppState)),
    { code: "ERR_STORE_CLOSED" },
  );
});

test("open() takes a missing, malformed or foreign token as none, and deletes nothing", async () => {
  const { session, sessions, other } = await opened();
  await session.run(async () => void ((await restore(AppState)).count = 1));
  const refused: unknown[] = [];
  sessions.on("refused", (event) => refused.push(event));
  const foreign = await other({ secret: "another-Secret-0123456789-abcdefghij" }).open();
  for (const token of [
    "",
    "x",
    `${session.id}.`,
    session.token.slice(0, -1),
    session.token.toUpperCase(),
    foreign.token,
  ]) {
    const opened = await sessions.open(token);
    assert.notEqual(opened.id, session.id);
  }
  assert.equal(refused.length, 6);
  const back = await sessions.open(session.token);
  assert.equal(await back.run(async () => (await restore(AppState)).count), 1);
});
