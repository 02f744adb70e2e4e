import {
  type Engine,
  expireIfOver,
  mergeBase,
  mergeInRounds,
  noteTab,
  writeStates,
} from "../../../sessions/records/index.ts";
import type { RecordWrite, WriteOutcome } from "../../../store/index.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import { type Life, ownerOf } from "../life.ts";
import type { Request } from "../request.ts";
import type { ServedSession } from "../served-session.ts";
import { type Changes, readChanges, writeOf } from "./changes.ts";
import { foundEnded, sessionAtRest } from "./ended.ts";

const NO_DEFAULTS: ReadonlyMap<string, Uint8Array> = new Map();

/**
 * Handles a write with a base, which is exact. Writes without one merge, and gather in a
 * `WriteGroup`.
 */
export async function write(context: Context, handle: Handle, request: Request): Promise<Answer> {
  const life = handle.life(request.count("life"));
  const changes = readChanges(context.engine, life, request);
  return await store(context, handle, life.id, changes, request.base());
}

/**
 * Writes to the record of a life. Without a base it merges, and creates the record if there is
 * none.
 */
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
 * Merges: set values replace stored ones. A default is stored only if its name was never stored,
 * and never replaces another writer's value: such a write names the version that was read. A record
 * that another release of the app has made or migrated keeps its schema, and gets no defaults of
 * this one.
 */
async function merge(writing: Writing): Promise<WriteOutcome> {
  const { context, life, changes } = writing;
  const { store } = context.engine;
  let isFirst = true;
  return await mergeInRounds(async (withDefaults) => {
    let defaults = life.living && !withDefaults ? NO_DEFAULTS : changes.defaults;
    let version: number | undefined = life.living ? life.seen : undefined;
    if (life.living ? defaults.size > 0 : !isFirst) {
      const { record, epoch } = await store.read(life.owner, life.state);
      if (record === undefined || !life.fits(epoch)) return { outcome: "ended" };
      // If another writer has created it meanwhile, all share that life. The client has seen
      // nothing of it yet.
      if (!life.living) life.follow(epoch, 0);
      defaults =
        record.schema === changes.schema
          ? new Map([...defaults].filter(([name]) => !record.attributes.has(name)))
          : NO_DEFAULTS;
      ({ version } = record);
    }
    isFirst = false;
    const outcome = await put(
      { ...writing, changes: { ...changes, defaults } },
      mergeBase(version, defaults),
    );
    return outcome.outcome === "conflict" ? "conflict" : outcome;
  });
}

/** Notes the tab: a session that moves or ends must find what its tabs have stored. */
async function note(
  engine: Engine,
  { tabKey }: Handle,
  { id, tokenSeen, notedTabs }: ServedSession,
): Promise<"noted" | "ended"> {
  if (notedTabs.has(tabKey)) return "noted";
  const outcome = await noteTab(engine, id, tabKey, tokenSeen);
  if (outcome === "noted") notedTabs.add(tabKey);
  return outcome;
}

/** One write to the store. */
async function put(writing: Writing, base: RecordWrite["base"]): Promise<WriteOutcome> {
  const { context, handle, life, changes } = writing;
  const { engine } = context;
  for (;;) {
    if (life.over) return { outcome: "ended" };
    const session = life.kind === "user" ? handle.session : await sessionAtRest(context, handle);
    if (life.over) return { outcome: "ended" };
    const { owner } = life;
    if (life.kind === "tab" && (await note(engine, handle, session)) === "ended") {
      await foundEnded(context, handle, session);
      if (life.owner !== owner) continue;
      return { outcome: "ended" };
    }
    if (life.over || life.owner !== owner) continue;
    const write = writeOf(engine, life, changes, base);
    if (life.kind !== "user" && expireIfOver(engine, session.id)) return { outcome: "ended" };
    const kept = ownerOf(life.kind, owner, session);
    const result = await writeStates(engine, kept, [write], { commitId: changes.commit });
    if (result.owner === "ended" && life.kind !== "user") {
      await foundEnded(context, handle, session);
      // The session has another id now. The life is either over, or goes on there.
      if (life.owner !== owner) continue;
      return { outcome: "ended" };
    }
    const outcome = result.outcomes[0] ?? { outcome: "ended" };
    if (outcome.outcome === "written") {
      const seen = life.living ? life.seen : 0;
      life.follow(outcome.epoch, outcome.previous === seen ? outcome.version : seen);
      life.noteSeals(write);
      // Only sessions are joined: the defaults of tabs and users are never looked up.
      if (life.kind === "browser" && changes.defaults.size > 0)
        engine.writtenDefaults.note(
          owner,
          life.state,
          [...changes.defaults].filter(([name]) => !changes.set.has(name)),
        );
    }
    return outcome;
  }
}
