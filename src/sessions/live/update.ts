import { setTimeout as delay } from "node:timers/promises";
import { sessionEnded, writeStates } from "../records/index.ts";
import { PersistError } from "../../errors.ts";
import { Queue } from "../../queue.ts";
import {
  isEmpty,
  LiveState,
  type Registration,
  type Snapshot,
  type StateHolder,
  written,
} from "../../state/index.ts";
import type { WriteOutcome } from "../../store/index.ts";
import { exactWriteOf } from "./commit.ts";
import { beginner, noteWritten, ownerOf } from "./renewal.ts";
import type { LiveSession } from "./live-session.ts";
import type { Session } from "../session.ts";

// Pauses after a conflict, in milliseconds: short at first, since the other writer is usually done
// at once.
const FIRST_WAIT = 2;
const MAX_WAIT = 200;

/**
 * Reads, modifies and writes a state exactly: `fn` runs on a fresh instance, and its changes are
 * written only if the record is still the same. Otherwise `fn` runs again on the new content.
 */
export async function updateState<R>(
  live: LiveSession,
  registration: Registration,
  owner: string,
  fn: (state: never) => R | Promise<R>,
  by: Session,
): Promise<R> {
  const key = `${owner}\0${registration.key}`;
  const { updating } = live.engine;
  const outer = updating.getStore();
  if (outer?.has(key) === true) {
    throw new PersistError(
      "ERR_NESTED_UPDATE",
      `update(${registration.stateClass.name}) was called inside an update of the same state, which would wait for itself. ` +
        `Change the instance that the outer function was given.`,
    );
  }
  return await inTurn(live, key, async () => {
    const inner = new Set(outer).add(key);
    return await updating.run(
      inner,
      async () => await untilExact(live, registration, owner, fn, by),
    );
  });
}

/** Queues the updates of one record within a process: only other processes can cause a conflict. */
async function inTurn<R>({ engine }: LiveSession, key: string, task: () => Promise<R>): Promise<R> {
  const { updates } = engine;
  const queue = updates.get(key) ?? new Queue();
  updates.set(key, queue);
  try {
    return await queue.run(task);
  } finally {
    if (queue.idle) updates.delete(key);
  }
}

async function untilExact<R>(
  live: LiveSession,
  registration: Registration,
  owner: string,
  fn: (state: never) => R | Promise<R>,
  by: Session,
): Promise<R> {
  const deadline = performance.now() + live.engine.updateTimeout;
  for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, MAX_WAIT)) {
    const attempt = await tryOnce(live, registration, owner, fn, by);
    if (attempt !== "conflict") return attempt.result;
    if (performance.now() > deadline) {
      throw new PersistError(
        "ERR_CONFLICT",
        `update(${registration.stateClass.name}) found the record changed by others each time, for ${live.engine.updateTimeout / 1000} s. ` +
          `Nothing was written. Make the function shorter, or spread the writers over several states.`,
      );
    }
    await delay(Math.random() * wait);
  }
}

async function tryOnce<R>(
  live: LiveSession,
  registration: Registration,
  owner: string,
  fn: (state: never) => R | Promise<R>,
  by: Session,
): Promise<{ result: R } | "conflict"> {
  const loaded = await live.queue.run(async () => await live.read(registration, owner));
  if (loaded === "ended") throw sessionEnded();
  live.checkReach(owner, `update(${registration.stateClass.name})`);
  const holder = new DraftHolder(registration.stateClass.name);
  const draft = new LiveState(registration, owner, holder, loaded);
  let result: R;
  try {
    result = await fn(draft.instance as never);
  } finally {
    holder.done = true;
  }
  const changes = draft.collect(live.engine.limits.attribute);
  if (changes.failures[0] !== undefined) throw changes.failures[0];
  if (isEmpty(changes)) return { result };
  live.checkReach(owner, `The end of update(${registration.stateClass.name})`);
  const write = exactWriteOf(draft, changes, loaded.snapshot?.version ?? "absent");
  const watches = [...(by.watches ?? [])];
  const holds = watches.map((watch) => watch.hold());
  let outcome: WriteOutcome | undefined;
  try {
    const terms = { user: beginner(live, by) };
    const { outcomes } = await writeStates(live.engine, ownerOf(live, owner), [write], terms);
    [outcome] = outcomes;
    if (outcome?.outcome !== "written") return "conflict";
    for (const watch of watches) watch.wrote(owner, registration, outcome);
  } finally {
    for (const release of holds) release();
  }
  const { version } = registration;
  const snapshot = written(loaded.snapshot, outcome, version, write.set, changes.remove);
  await show(live, registration, owner, snapshot);
  return { result };
}

/** Shows the result on the live object. */
async function show(
  live: LiveSession,
  registration: Registration,
  owner: string,
  snapshot: Snapshot,
): Promise<void> {
  await live.queue.run(async () => {
    noteWritten(live, owner, "living");
    live.engine.cache.put(owner, registration.key, snapshot);
    const state = live.find(registration, owner);
    if (state !== undefined && (state.snapshot === undefined || state.epoch === snapshot.epoch))
      state.absorb(snapshot);
  });
}

class DraftHolder implements StateHolder {
  done = false;
  readonly #className: string;

  constructor(className: string) {
    this.#className = className;
  }

  check(): void {
    if (!this.done) return;
    throw new PersistError(
      "ERR_SCOPE_ENDED",
      `The ${this.#className} that update() gave its function was used after the function had ended. ` +
        `Return what you need from the function, or use the object of restore().`,
    );
  }
}
