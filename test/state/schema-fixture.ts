// A visitor with a session, and another process's view of it, for tests of states with a schema.
import { randomUUID } from "node:crypto";
import { beforeEach } from "node:test";
import { createSessions, isPersistError, type Session } from "../../src/index.ts";
import { memoryStore } from "../../src/store/memory.ts";

export const store = memoryStore();
const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
// Two processes as far as a record is concerned: each has its own cache.
const options = {
  store,
  secret: SECRET,
  encrypt: false,
  sweepInterval: false,
  log: () => {},
} as const;
export const sessions = createSessions(options);
const elsewhere = createSessions(options);

export let session: Session;
beforeEach(newVisitor);

/** From now on the session is that of another browser. */
export async function newVisitor(): Promise<void> {
  session = await sessions.open();
}

/** Another process's view of the same browser. */
export async function there<T>(work: () => Promise<T>): Promise<T> {
  const visitor = await elsewhere.open(session.token);
  return await visitor.run(work);
}

/** The same browser in a process that knows nothing yet. */
export async function afresh<T>(work: () => Promise<T>): Promise<T> {
  return await (await createSessions(options).open(session.token)).run(work);
}

export const refused =
  (code: Parameters<typeof isPersistError>[1], message: RegExp) =>
  (error: unknown): boolean =>
    isPersistError(error, code) && message.test(error.message);

/** Stores attributes as another release would, under a key, beside those that are stored. */
export async function storeAs(
  key: string,
  attributes: Record<string, unknown>,
  version = 1,
  remove: readonly string[] = [],
) {
  const bytes = Object.entries(attributes).map(
    ([name, value]) => [name, Buffer.from(`J${JSON.stringify(value)}`)] as const,
  );
  const owner = `b:${session.id}`;
  const { epoch, record } = await store.read(owner, key);
  const base = record === undefined ? { base: "absent" as const } : {};
  const set = new Map(bytes);
  await store.write(owner, [{ state: key, epoch, set, remove, schema: version, ...base }], {
    commitId: randomUUID(),
    expiresAt: Date.now() + 60_000,
  });
}

export async function storedAs(key: string): Promise<Record<string, string>> {
  const { record } = await store.read(`b:${session.id}`, key);
  const shown = [...(record?.attributes ?? [])].map(
    ([name, { bytes }]) => [name, Buffer.from(bytes ?? []).toString()] as const,
  );
  return Object.fromEntries(shown);
}
