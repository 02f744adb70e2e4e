import { randomUUID } from "node:crypto";
import { PersistError } from "../errors.ts";
import { newSessionId } from "../session/token.ts";
import type { RecordWrite, Store } from "../store/store.ts";
import { browserOwner, type Engine } from "./engine.ts";
import { handOver } from "./hand-over.ts";
import { LiveSession } from "./live-session.ts";
import type { Scope } from "./scope.ts";

const MOST_ROUNDS = 20;

/** Gives the session of a scope another id; its states go on under that. Requests still under way with the old one store nothing more. */
export async function rotateSession(old: LiveSession, scope: Scope): Promise<LiveSession> {
  await old.commit(scope);
  return await old.queue.run(async () => {
    const { id, expiresAt } = await moveSession(old.engine, old.id);
    const live = new LiveSession(old.engine, id, old.known);
    old.end("rotated");
    await handOver(old, live);
    live.owners.set(live.owner, { status: expiresAt > 0 ? "living" : "absent", expiresAt });
    return scope.join(live);
  });
}

/**
 * Copies all records of a session under a new id and ends the old one. The end names the version that was copied, so a commit
 * that came in between is never lost: the copy is made again. A crash in between leaves a copy that expires.
 *
 * @returns the new id, and until when the copy is kept; 0 where there was nothing to copy
 * @throws PersistError `ERR_SESSION_ENDED` where it had ended already, `ERR_CONFLICT` where others keep writing
 */
async function moveSession(engine: Engine, id: string): Promise<{ id: string; expiresAt: number }> {
  const { store } = engine;
  const from = browserOwner(id);
  const until = Date.now() + engine.ttl + engine.touchInterval;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { version, states, expiresAt, owner } = await store.owner(from);
    if (owner === "ended") {
      throw new PersistError(
        "ERR_SESSION_ENDED",
        "rotate() found that the session had ended: there is nothing to carry over.",
      );
    }
    const newId = newSessionId();
    await copyRecords(store, from, browserOwner(newId), states, Date.now() + engine.newSessionTtl);
    const { outcome } = await store.clear(from, {
      commitId: randomUUID(),
      until,
      ifVersion: version,
    });
    if (outcome === "cleared") {
      if (states.length === 0) return { id: newId, expiresAt: 0 };
      await store.touch(browserOwner(newId), expiresAt);
      return { id: newId, expiresAt };
    }
    await store.clear(browserOwner(newId), { commitId: randomUUID(), until: Date.now() });
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "rotate() could not copy the session: others kept writing to it. Try again.",
  );
}

async function copyRecords(
  store: Store,
  from: string,
  to: string,
  states: readonly string[],
  expiresAt: number,
): Promise<void> {
  const writes: RecordWrite[] = [];
  for (const state of states) {
    const { record } = await store.read(from, state);
    if (record === undefined) continue;
    const set = new Map<string, Uint8Array>();
    const remove: string[] = [];
    for (const [name, { bytes }] of record.attributes) {
      if (bytes === undefined) remove.push(name);
      else set.set(name, bytes);
    }
    writes.push({
      state,
      epoch: 0,
      base: "absent",
      schema: record.schema,
      ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
      set,
      remove,
    });
  }
  if (writes.length > 0) await store.write(to, writes, { commitId: randomUUID(), expiresAt });
}
