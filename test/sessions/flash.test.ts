import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createSessions,
  currentSession,
  flash,
  isPersistError,
  type Session,
} from "../../src/index.ts";

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

test("flash() stores nothing for who only asks, bounds what waits, and takes any name for a kind", async () => {
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
