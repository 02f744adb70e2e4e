import { isPersistError } from "../../../errors.ts";
import type { Answer, Context } from "../context.ts";
import type { Handle } from "../handle.ts";
import type { Request } from "../request.ts";
import { type Changes, combine, readChanges } from "./changes.ts";
import { store } from "./write.ts";

// A group becomes one write of the store.
const MAX_BYTES = 8 * 1024 * 1024;

type Outcome = { readonly answer: Answer } | { readonly error: unknown };

/** A write's place in the group that it is stored with. */
export interface GroupedWrite {
  readonly group: WriteGroup;
  readonly at: number;
}

/**
 * Merging writes of one life that wait for their turn, stored by one commit. An app that assigns
 * ten attributes sends ten writes. While the first is on its way to the disk, the others gather.
 */
export class WriteGroup {
  readonly #life: number;
  readonly #parts: Changes[] = [];
  #bytes = 0;
  #outcomes: Promise<readonly Outcome[]> | undefined;

  constructor(life: number) {
    this.#life = life;
  }

  /** @returns the place in the group, or undefined if the write cannot join it */
  join(life: number, changes: Changes, bytes: number): number | undefined {
    const [first = changes] = this.#parts;
    const fits = this.#parts.length === 0 || this.#bytes + bytes <= MAX_BYTES;
    const alike = changes.schema === first.schema && changes.ttl === first.ttl;
    if (this.#outcomes !== undefined || !fits || !alike || life !== this.#life) return undefined;
    this.#bytes += bytes;
    return this.#parts.push(changes) - 1;
  }

  /** Called in the turn of each write. The first stores them all. */
  async answer(context: Context, handle: Handle, at: number): Promise<Answer> {
    if (handle.gathering === this) handle.gathering = undefined;
    this.#outcomes ??= this.#store(context, handle);
    const outcome = (await this.#outcomes)[at] as Outcome;
    if ("error" in outcome) throw outcome.error;
    return outcome.answer;
  }

  async #store(context: Context, handle: Handle): Promise<readonly Outcome[]> {
    const parts = this.#parts;
    const one = async (changes: Changes): Promise<Outcome> => {
      try {
        return { answer: await store(context, handle, this.#life, changes) };
      } catch (error) {
        return { error };
      }
    };
    const all = await one(combine(parts));
    if (parts.length === 1) return [all];
    if ("error" in all && isPersistError(all.error, "ERR_SESSION_TOO_LARGE")) {
      // Some of them alone may have room.
      const outcomes: Outcome[] = [];
      for (const changes of parts) outcomes.push(await one(changes));
      return outcomes;
    }
    return parts.map((_, at) => (at === 0 ? all : follow(all)));
  }
}

/** The outcome of a later write of the group: no other writer came between it and the first. */
function follow(outcome: Outcome): Outcome {
  if ("error" in outcome || outcome.answer.header["outcome"] !== "written") return outcome;
  const { header } = outcome.answer;
  return { answer: { header: { ...header, previous: header["version"] } } };
}

/**
 * Finds the group for a request; undefined if it is not a merging write. Must be called in the
 * order of requests.
 */
export function gather(
  context: Context,
  handle: Handle,
  request: Request,
): GroupedWrite | undefined {
  if (request.op !== "write" || request.base() !== undefined) {
    // What comes after must not overtake it.
    handle.gathering = undefined;
    return undefined;
  }
  const life = handle.life(request.count("life"));
  const changes = readChanges(context.engine, life, request);
  const at = handle.gathering?.join(life.id, changes, request.size);
  if (handle.gathering !== undefined && at !== undefined) return { group: handle.gathering, at };
  const group = new WriteGroup(life.id);
  handle.gathering = group;
  return { group, at: group.join(life.id, changes, request.size) ?? 0 };
}
