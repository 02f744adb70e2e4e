import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { describe, test } from "node:test";
import {
  createSessions,
  persist,
  restore,
  type SessionsOptions,
  type Store,
} from "../../src/index.ts";
import { signToken } from "../../src/identity/token.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { NEWER, onEveryStore, rawBytes, SECRET, STRANGE } from "./fixture.ts";

@persist("sealed.app")
class AppState {
  count = 0;
  list: number[] = [];
  text = "x".repeat(1000);
}

@persist("sealed.user", { owner: "user" })
class UserState {
  visits = 0;
}

const isEncrypted = (bytes: Uint8Array) => bytes[0] === "E".charCodeAt(0);

function opener(store: Store) {
  return (options: SessionsOptions = {}) => {
    const sessions = createSessions({
      store,
      secret: SECRET,
      sweepInterval: false,
      log() {},
      ...options,
    });
    return sessions;
  };
}

onEveryStore((place) => {
  test("old keys of the ring open, the newest seals, and an older release of the ring reads what it can", async () => {
    const open = opener(place().store);
    const session = await open().open();
    const owner = `b:${session.id}`;
    await session.run(async () => void ((await restore(AppState)).count = 1));
    const before = await rawBytes(place().store, owner, "sealed.app", "list");
    const both = await open({ secret: [NEWER, SECRET] }).open(session.token);
    await both.run(async () => void (await restore(AppState)).count++);
    // What has not changed is not sealed anew.
    assert.deepEqual(await rawBytes(place().store, owner, "sealed.app", "list"), before);
    const again = await open({ secret: [SECRET, NEWER] }).open(session.token);
    await again.run(async () => assert.equal((await restore(AppState)).count, 2));
    // The one value that the newest key has sealed is not readable with the old one alone.
    const alone = await open().open(session.token);
    await assert.rejects(
      alone.run(async () => await restore(AppState)),
      { code: "ERR_STORE_SEALED" },
    );
  });

  test("stores that hold both are read, whichever way encrypt was turned", async () => {
    const { store } = place();
    const open = opener(store);
    const plain = await open({ encrypt: false }).open();
    const owner = `b:${plain.id}`;
    await plain.run(async () => {
      const state = await restore(AppState);
      state.count = 1;
      state.list = [1];
    });
    assert.ok(!isEncrypted(await rawBytes(store, owner, "sealed.app", "count")));
    const on = await open().open(plain.token);
    await on.run(async () => {
      const state = await restore(AppState);
      assert.deepEqual([state.count, state.list], [1, [1]]);
      state.count = 2;
    });
    assert.ok(isEncrypted(await rawBytes(store, owner, "sealed.app", "count")));
    assert.ok(!isEncrypted(await rawBytes(store, owner, "sealed.app", "list")));
    const off = await open({ encrypt: false }).open(plain.token);
    await off.run(async () => {
      const state = await restore(AppState);
      assert.deepEqual([state.count, state.list], [2, [1]]);
      state.count = 3;
    });
    assert.ok(!isEncrypted(await rawBytes(store, owner, "sealed.app", "count")));
    const last = await open().open(plain.token);
    await last.run(async () => assert.equal((await restore(AppState)).count, 3));
  });
});

onEveryStore((place) => {
  test("promise 10 (Failure is loud): a store that another secret sealed is refused whole, and stays as it is", async () => {
    const { store } = place();
    const open = opener(store);
    const user = { identify: () => "ann" };
    const session = await open({ identify: () => "ann" }).open(undefined, user);
    await session.run(async () => {
      (await restore(AppState)).count = 41;
      (await restore(UserState)).visits = 9;
    });
    const snapshot = async () => {
      const parts = [];
      for await (const { owner, states } of store.sessions())
        for (const state of states) parts.push([owner, state, await store.read(owner, state)]);
      return new Set(parts);
    };
    const before = await snapshot();
    const strange = open({ secret: STRANGE, identify: () => "ann" });
    await assert.rejects(strange.ready, {
      code: "ERR_STORE_SEALED",
      message: /another secret.*\. Give that secret too/,
    });
    for (const token of [
      undefined,
      signToken(new KeyRing(STRANGE), "persist-session", session.id),
    ]) {
      await assert.rejects(
        async () => {
          const stranger = await strange.open(token, user);
          await stranger.run(async () => void ((await restore(AppState)).count = 1));
        },
        { code: "ERR_STORE_SEALED" },
      );
      await assert.rejects(
        async () => {
          const stranger = await strange.open(token, user);
          await stranger.run(async () => void ((await restore(UserState)).visits = 1));
        },
        { code: "ERR_STORE_SEALED" },
      );
    }
    // Also with encrypt: false, which does not make it readable.
    await assert.rejects(open({ secret: STRANGE, encrypt: false }).ready, {
      code: "ERR_STORE_SEALED",
    });
    assert.deepEqual(await snapshot(), before);
    // With the right one among its secrets, all is there.
    const right = await open({ secret: [STRANGE, SECRET] }).open(session.token);
    await right.run(async () => assert.equal((await restore(AppState)).count, 41));
  });
});

describe("what sealing costs", () => {
  test("a value takes 34 bytes more; in a store that knows no version before it stores 26, and 13 for the number of a creation or of an attribute changed later", async () => {
    const stores = [memoryStore(), { ...memoryStore(), bindsVersions: false }, memoryStore()];
    const over: number[][] = [];
    const sessions = await Promise.all(
      stores.map(async (store, at) => await opener(store)({ encrypt: at < 2 }).open()),
    );
    for (let round = 0; round < 3; round++) {
      const sizes: number[] = [];
      for (const [at, store] of stores.entries()) {
        await sessions[at]?.run(async () => void (await restore(AppState)).count++);
        for await (const { bytes } of store.sessions()) sizes.push(bytes);
      }
      const [bound = 0, numbered = 0, plain = 0] = sizes;
      over.push([bound - plain, numbered - plain]);
    }
    assert.deepEqual(over, [
      [3 * 34, 3 * 26 + 13],
      [3 * 34, 3 * 26 + 13 + 13],
      [3 * 34, 3 * 26 + 13 + 13],
    ]);
  });

  test("only what is written is sealed, and only what this process has not read is opened", async (t) => {
    const count = { sealed: 0, opened: 0 };
    const { createCipheriv, createDecipheriv } = crypto;
    t.mock.method(crypto, "createCipheriv", (...args: Parameters<typeof createCipheriv>) => {
      count.sealed++;
      return createCipheriv(...args);
    });
    t.mock.method(crypto, "createDecipheriv", (...args: Parameters<typeof createDecipheriv>) => {
      count.opened++;
      return createDecipheriv(...args);
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const open = opener(memoryStore());
    const one = open();
    const session = await one.open();
    await session.run(async () => void (await restore(AppState)).count++);
    assert.deepEqual(count, { sealed: 3, opened: 0 });
    await (await one.open(session.token)).run(async () => void (await restore(AppState)).count++);
    assert.deepEqual(count, { sealed: 4, opened: 0 });
    const two = open();
    for (let round = 0; round < 3; round++)
      await (await two.open(session.token)).run(async () => void (await restore(AppState)).list);
    assert.deepEqual(count, { sealed: 4, opened: 3 });
    await (await one.open(session.token)).run(async () => void (await restore(AppState)).count++);
    await (await two.open(session.token)).run(async () => void (await restore(AppState)).list);
    assert.deepEqual(count, { sealed: 5, opened: 4 });
  });

  test("the limit of a session counts what is stored, with the seals; that of an attribute the value alone", async () => {
    // 1008 bytes of values, and 34 more for each of three.
    const limited = (session: number) =>
      opener(memoryStore())({ limits: { attribute: 1003, session } });
    const small = await limited(1109).open();
    await assert.rejects(
      small.run(async () => void (await restore(AppState)).count++),
      { code: "ERR_SESSION_TOO_LARGE", message: /would hold 1110 bytes/ },
    );
    const session = await limited(1110).open();
    await session.run(async () => void (await restore(AppState)).count++);
    await assert.rejects(
      session.run(async () => void ((await restore(AppState)).text = "y".repeat(1001))),
      { code: "ERR_ATTRIBUTE_TOO_LARGE" },
    );
  });
});

describe("stores without a secret of the app's", () => {
  test("a memory store without a secret is sealed too, and those that share it read each other", async () => {
    const store = memoryStore();
    const identify = () => "ann";
    const options = { store, sweepInterval: false, identify } as const;
    const one = createSessions(options);
    const two = createSessions(options);
    const session = await one.open(undefined, { identify });
    await session.run(async () => void ((await restore(UserState)).visits = 3));
    let owner = "";
    for await (const info of store.sessions()) if (info.owner.startsWith("u:")) ({ owner } = info);
    assert.ok(isEncrypted(await rawBytes(store, owner, "sealed.user", "visits")));
    const other = await two.open(undefined, { identify });
    await other.run(async () => assert.equal((await restore(UserState)).visits, 3));
  });

  test("encrypt takes true or false and nothing else", () => {
    assert.throws(
      () => createSessions({ store: "memory:", encrypt: "yes" as unknown as boolean }),
      {
        code: "ERR_OPTION_INVALID",
        message: /"encrypt" must be true or false/,
      },
    );
  });

  test("a name that is the library's own is no attribute's", async () => {
    const session = await opener(memoryStore())().open();
    for (const name of ["\u0001number", "\u0001number:count"])
      await assert.rejects(
        session.run(async () => Object.assign(await restore(AppState), { [name]: 1 })),
        { code: "ERR_VALUE_UNSUPPORTED" },
      );
  });
});
