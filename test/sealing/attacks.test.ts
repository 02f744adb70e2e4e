import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions, persist, type Session, type Sessions } from "../../src/index.ts";
import { onEveryStore, plant, rawBytes, SECRET } from "./fixture.ts";

class Account {
  balance = 0;
  limit = 100;
  note = "";
}
const [First, Second] = ["attacked.first", "attacked.second"].map((key) => {
  class State extends Account {}
  persist(key, State);
  return State;
}) as [typeof Account, typeof Account];
const STATE = "attacked.first";

async function visitor(sessions: Sessions, balance: number): Promise<Session> {
  const session = await sessions.open();
  await session.run(async () => {
    (await session.restore(First)).balance = balance;
    (await session.restore(Second)).balance = balance + 1;
  });
  return session;
}

onEveryStore((place) => {
  const begin = () => {
    const { store } = place();
    const make = () => createSessions({ store, secret: SECRET, sweepInterval: false });
    return { store, sessions: make(), other: make };
  };

  test("a value that was moved, changed or put back is refused, and nothing else is", async () => {
    const { store, sessions, other } = begin();
    const session = await visitor(sessions, 1);
    const owner = `b:${session.id}`;
    const created = await rawBytes(store, owner, STATE, "balance");
    const set = async (balance: number) =>
      await session.run(async () => void ((await session.restore(First)).balance = balance));
    await set(5);
    const older = await rawBytes(store, owner, STATE, "balance");
    const numberOf = async (some: string) => {
      const { record } = await store.read(some, STATE);
      const number = record?.attributes.get("\u0001number:balance")?.bytes;
      return number === undefined ? {} : { "\u0001number:balance": number };
    };
    const olderNumber = await numberOf(owner);
    await set(2);
    const newest = await rawBytes(store, owner, STATE, "balance");
    const stranger = await visitor(sessions, 1000);
    await stranger.run(async () => void ((await stranger.restore(First)).balance = 2000));
    const flipped = (at: number) => {
      const bytes = Uint8Array.from(newest);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    const planted: Record<string, Record<string, Uint8Array>> = {
      "of the creation": { balance: created },
      older: { balance: older },
      "the newest, written by others": { balance: newest },
      "of another attribute": { balance: await rawBytes(store, owner, STATE, "limit") },
      "of another state": { balance: await rawBytes(store, owner, "attacked.second", "balance") },
      "of another session": {
        balance: await rawBytes(store, `b:${stranger.id}`, STATE, "balance"),
        ...(await numberOf(`b:${stranger.id}`)),
      },
      // Embedded stores need no numbers: there a value is bound to the version itself.
      ...(store.bindsVersions === true
        ? {}
        : {
            "an older number": olderNumber,
            "a short number": { "\u0001number:balance": Buffer.from("B1") },
          }),
      cut: { balance: newest.subarray(0, -1) },
      short: { balance: newest.subarray(0, 3) },
      ...Object.fromEntries(
        [6, 12, newest.length - 1].map((at) => [`bit ${at}`, { balance: flipped(at) }]),
      ),
    };
    let balance = 10;
    for (const [what, values] of Object.entries(planted)) {
      await plant(store, owner, STATE, values);
      // A process that has read it before, and one that has not. The first need not look at a
      // number that came without a value.
      const readers = "balance" in values ? [sessions, other()] : [other()];
      for (const reader of readers) {
        const again = await reader.open(session.token);
        await again.run(async () => {
          const state = await again.restore(First);
          assert.throws(() => state.balance, { code: "ERR_DECODE" }, what);
          assert.equal(state.limit, 100, what);
          assert.equal((await again.restore(Second)).balance, 2, what);
        });
      }
      balance += 1;
      await set(balance);
      const back = await other().open(session.token);
      await back.run(async () => {
        assert.equal((await back.restore(First)).balance, balance, what);
      });
    }
  });

  test("a refused value is refused after rotate() too, and clear() of the attribute is the way out", async () => {
    const { store, sessions, other } = begin();
    const session = await visitor(sessions, 7);
    const owner = `b:${session.id}`;
    await plant(store, owner, STATE, { note: await rawBytes(store, owner, STATE, "balance") });
    await session.run(async () => await session.rotate());
    const again = await other().open(session.token);
    await again.run(async () => {
      const state = await again.restore(First);
      assert.equal(state.balance, 7);
      assert.throws(() => state.note, { code: "ERR_DECODE" });
      await again.clearAttribute(First, "note");
      assert.equal(state.note, "");
    });
    await again.run(async () => assert.equal((await again.restore(First)).note, ""));
  });
});
