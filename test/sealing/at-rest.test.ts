import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createSessions, persist } from "../../src/index.ts";
import { noteTab } from "../../src/sessions/records/tabs.ts";
import { onEveryStore, SECRET } from "./fixture.ts";

@persist("visible-key")
class Diary {
  entry = "";
  bytes = new Uint8Array();
  nested: Record<string, unknown> = {};
}

@persist("visible-user-key", { owner: "user" })
class Profile {
  address = "";
}

const WORDS = ["hippopotamus", "thursday-noon", "rhododendron", "ann.example@mail", "42-lime-road"];

/**
 * Stores something of every kind: a browser's state, a user's, the library's own records; changed,
 * rotated, deleted.
 */
async function live(
  issuer: string,
  options: Parameters<typeof createSessions>[0],
): Promise<string> {
  const sessions = createSessions({
    secret: SECRET,
    sweepInterval: false,
    identify: () => undefined,
    maxLifetime: "30d",
    ...options,
  });
  const user = { issuer, subject: WORDS[3] ?? "" };
  const session = await sessions.open(undefined, { identify: () => user });
  await session.run(async () => {
    const diary = await session.restore(Diary);
    diary.entry = `Dear ${WORDS[0]}`;
    diary.bytes = Buffer.from(WORDS[1] ?? "");
    (await session.restore(Profile)).address = WORDS[4] ?? "";
    await session.commit();
    diary.nested = { [WORDS[2] ?? ""]: [WORDS[0], { when: WORDS[1] }] };
    await session.rotate({ login: true });
  });
  await session.run(async () => void ((await session.restore(Diary)).entry += "!"));
  await noteTab(sessions.engine, session.id, randomUUID(), true);
  return session.id;
}

function found(bytes: Buffer): string[] {
  return WORDS.filter((word) => {
    const forms = [word, Buffer.from(word).toString("base64").slice(0, -3)];
    const all = [...forms.map((form) => Buffer.from(form)), Buffer.from(word, "utf16le")];
    return [...all, Buffer.from(Buffer.from(word).toString("hex"))].some((form) =>
      bytes.includes(form),
    );
  });
}

onEveryStore((place) => {
  // The one with the secret first: what is found must not be the other's.
  test("promise 13 (Sealed): the bytes of a store show ids, keys, sizes and times, and nothing that was kept", async () => {
    const { store, bytes } = place();
    const id = await live("https://login.example", { store });
    const raw = await bytes();
    assert.deepEqual(found(raw), []);
    for (const visible of [id, "visible-key", "visible-user-key", "nested"])
      assert.ok(raw.includes(visible), visible);
    assert.ok(!raw.includes("login.example"));
  });

  test("encrypt: false stores values as they are, where the same look finds them", async () => {
    const { store, bytes } = place();
    await live("https://other.example", { store, encrypt: false });
    // Who is signed in is no value: it is hashed either way.
    assert.deepEqual(
      found(await bytes()),
      WORDS.filter((word) => word !== WORDS[3]),
    );
  });
});
