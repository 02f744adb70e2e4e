import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createSessions,
  currentSession,
  flash,
  isPersistError,
  persist,
  PersistError,
  restore,
  type Session,
  update,
} from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { gate } from "./fixture.ts";

const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

@persist("flash.draft")
class Draft {
  text = "";
}

async function withSession(
  work: (session: Session, again: () => Promise<Session>) => Promise<void>,
) {
  const sessions = createSessions({ store: "memory:", sweepInterval: false, log: () => {} });
  const session = await sessions.open();
  try {
    await work(session, async () => await sessions.open(session.token));
  } finally {
    await sessions.close();
  }
}

test("flash() keeps messages for the next page, which gets each once, in their order and by their kind", async () => {
  await withSession(async (session, again) => {
    await session.run(async () => {
      await flash("notice", "Saved.");
      await flash("notice", "Sent.");
      await flash("error", { code: 5, at: new Date(0) });
    });
    const next = await again();
    await next.run(async () => {
      assert.deepEqual(await flash("notice"), ["Saved.", "Sent."]);
      assert.deepEqual(await flash("notice"), []);
      assert.deepEqual(await flash<{ code: number }>("error"), [{ code: 5, at: new Date(0) }]);
    });
    await (await again()).run(async () => assert.deepEqual(await flash("notice"), []));
  });
});

test("flash() in one request shows what the request itself has kept", async () => {
  await withSession(async (session) => {
    await session.run(async () => {
      await flash("notice", "a");
      assert.deepEqual(await flash("notice"), ["a"]);
      await flash("notice", "b");
    });
    await session.run(async () => assert.deepEqual(await flash("notice"), ["b"]));
  });
});

test("flash() gives a message to one of several tabs that ask at once", async () => {
  await withSession(async (session, again) => {
    await session.run(async () => await flash("notice", "once"));
    const tabs = await Promise.all([again(), again(), again()]);
    const seen = await Promise.all(
      tabs.map(async (tab) => await tab.run(async () => await flash("notice"))),
    );
    assert.deepEqual(seen.flat(), ["once"]);
  });
});

test("flash() stores nothing if it is only asked, bounds what waits, and takes any name for a kind", async () => {
  await withSession(async (session, again) => {
    await session.run(async () => assert.deepEqual(await flash("toString"), []));
    assert.equal((await again()).isNew, false);
    await session.run(async () => {
      for (let at = 0; at < 105; at++) await flash("many", at);
      await flash("__proto__", "odd");
      await currentSession().commit();
      const many = await flash<number>("many");
      assert.deepEqual([many.length, many[0]], [100, 5]);
    });
    await (await again()).run(async () => assert.deepEqual(await flash("__proto__"), ["odd"]));
    await session.run(async () => {
      await assert.rejects(flash(""), (error) => isPersistError(error, "ERR_OPTION_INVALID"));
    });
  });
});

test("flash() loses no message of several that are kept at once, in one process or in several, and gives each once", async () => {
  const store = memoryStore();
  const processes = [0, 1, 2].map(() =>
    createSessions({ store, secret: SECRET, sweepInterval: false, log: () => {} }),
  );
  const session = await (processes[0] as (typeof processes)[0]).open();
  await session.run(async () => await flash("notice", "first"));
  const kept = gate();
  let open = 0;
  const words = ["a", "b", "c", "d", "e", "f"];
  await Promise.all(
    words.map(async (word, at) => {
      const tab = await (processes[at % 3] as (typeof processes)[0]).open(session.token);
      await tab.run(async () => {
        await flash("notice", word);
        // No scope ends before each has kept its message.
        if (++open === words.length) kept.open();
        await kept.opened;
      });
    }),
  );
  const given = await Promise.all(
    processes.map(async (sessions) => {
      const tab = await sessions.open(session.token);
      return await tab.run(async () => await flash("notice"));
    }),
  );
  assert.equal(given.filter(({ length }) => length > 0).length, 1);
  assert.deepEqual(given.flat().toSorted(), ["a", "b", "c", "d", "e", "f", "first"]);
});

test("flash() reports what cannot be stored at once, and works inside an update of another state", async () => {
  await withSession(async (session, again) => {
    await session.run(async () => {
      await assert.rejects(
        flash("notice", () => {}),
        PersistError,
      );
      await update(Draft, async (draft) => {
        draft.text = "kept";
        await flash("notice", "inside");
      });
    });
    await (
      await again()
    ).run(async () => {
      assert.deepEqual(await flash("notice"), ["inside"]);
      assert.equal((await restore(Draft)).text, "kept");
    });
  });
});
