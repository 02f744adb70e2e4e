import { randomUUID } from "node:crypto";
import {
  type Engine,
  expireIfOver,
  expiresAfter,
  noteTab,
  tellCommit,
} from "../../../sessions/records/index.ts";
import type { RecordWrite, WriteOutcome } from "../../../store/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import { type Life, ownerOf } from "../life.ts";
import type { Request } from "../request.ts";
import type { ServedSession } from "../served-session.ts";
import { type Changes, readChanges, recordWrite } from "./changes.ts";
import { foundEnded, settled } from "./ended.ts";

// After so many conflicts, the defaults are left out. Without them nothing can conflict.
const ROUNDS_WITH_DEFAULTS = 8;
const NO_DEFAULTS: ReadonlyMap<string, Uint8Array> = new Map();

/** Handles a write with a base, which is exact. Writes without one merge, and gather in a `WriteGroup`. */
export async function write(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const life = handle.life(request.count("life"));
  const changes = readChanges(context.engine, life, request);
  return await store(context, handle, life.id, changes, request.base());
}

/** Writes to the record of a life. Without a base it merges, and creates the record if there is none. */
export async function store(
  context: Context,
  handle: Handle,
  lifeId: number,
  changes: Changes,
  base?: RecordWrite["base"],
): Promise<Answer> {
  const { engine } = context;
  const life = handle.life(lifeId);
  const writing = { context, handle, life, changes };
  const outcome = base === undefined ? await merge(writing) : await put(writing, base);
  if (outcome.outcome === "ended") {
    handle.end(life);
    engine.events.emit("dropped", { state: life.state, reason: "cleared" });
    engine.warn(
      `late changes to the state "${life.state}" were not stored: it was cleared meanwhile`,
    );
  }
  return { header: { ...outcome } };
}

/** A request to write, with its handle and life. */
interface Writing {
  readonly context: Context;
  readonly handle: Handle;
  readonly life: Life;
  readonly changes: Changes;
}

/**
 * Merges: set values replace stored ones. A default is stored only if its name was never stored, and never replaces another writer's
 * value: such a write names the version that was read.
 */
async function merge(writing: Writing): Promise<WriteOutcome> {
  const { context, life, changes } = writing;
  const alone = { ...writing, changes: { ...changes, defaults: NO_DEFAULTS } };
  for (let round = 0; ; round++) {
    let outcome: WriteOutcome;
    if (!life.living && round === 0) {
      outcome = await put(writing, "absent");
    } else if (life.living && (changes.defaults.size === 0 || round > ROUNDS_WITH_DEFAULTS)) {
      outcome = await put(alone, undefined);
    } else {
      const { record, epoch } = await context.engine.store.read(life.owner, life.state);
      if (record === undefined || !life.fits(epoch)) return { outcome: "ended" };
      // If another writer has created it meanwhile, all share that life. The client has seen nothing of it yet.
      if (!life.living) life.follow(epoch, 0);
      const missing = [...changes.defaults].filter(([name]) => !record.attributes.has(name));
      outcome =
        missing.length === 0
          ? await put(alone, undefined)
          : await put(
              { ...writing, changes: { ...changes, defaults: new Map(missing) } },
              record.version,
            );
    }
    if (outcome.outcome !== "conflict") return outcome;
  }
}

/** Notes the tab: a session that moves or ends must find what its tabs have stored. */
async function note(
  engine: Engine,
  { tabKey }: Handle,
  { id, known, notedTabs }: ServedSession,
): Promise<"noted" | "ended"> {
  if (notedTabs.has(tabKey)) return "noted";
  const outcome = await noteTab(engine, id, tabKey, known);
  if (outcome === "noted") notedTabs.add(tabKey);
  return outcome;
}

/** One write to the store. */
async function put(writing: Writing, base: RecordWrite["base"]): Promise<WriteOutcome> {
  const { context, handle, life, changes } = writing;
  const { engine } = context;
  for (;;) {
    if (life.over) return { outcome: "ended" };
    const session = life.kind === "user" ? handle.session : await settled(context, handle);
    if (life.over) return { outcome: "ended" };
    const { owner } = life;
    if (life.kind === "tab" && (await note(engine, handle, session)) === "ended") {
      await foundEnded(context, handle, session);
      if (life.owner !== owner) continue;
      return { outcome: "ended" };
    }
    if (life.over || life.owner !== owner) continue;
    const started = performance.now();
    const record = recordWrite(engine, life, changes, base);
    const { beginnings } = engine;
    if (life.kind !== "user" && expireIfOver(engine, session.id)) return { outcome: "ended" };
    const begun = life.kind === "browser" ? beginnings.write(session.id) : [];
    const result = await engine.store.write(owner, [record, ...begun], {
      commitId: changes.commit ?? randomUUID(),
      expiresAt: expiresAfter(engine, ownerOf(life.kind, owner, session)),
      maxBytes: engine.limits.session,
    });
    if (result.owner === "ended" && life.kind !== "user") {
      await foundEnded(context, handle, session);
      // The session has another id now. The life is either over, or goes on there.
      if (life.owner !== owner) continue;
      return { outcome: "ended" };
    }
    beginnings.written(session.id, result.outcomes[1]);
    const outcome = result.outcomes[0] ?? { outcome: "ended" };
    if (outcome.outcome === "written") {
      const seen = life.living ? life.seen : 0;
      life.follow(outcome.epoch, outcome.previous === seen ? outcome.version : seen);
      life.noteSeals(record);
      // Only sessions are joined: the defaults of tabs and users are never looked up.
      if (life.kind === "browser" && changes.defaults.size > 0)
        engine.writtenDefaults.note(
          owner,
          life.state,
          [...changes.defaults].filter(([name]) => !changes.set.has(name)),
        );
      tellCommit(engine, [{ state: life.state, set: record.set, remove: changes.remove }], started);
    }
    return outcome;
  }
}
