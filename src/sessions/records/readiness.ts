import { isPersistError } from "../../errors.ts";
import { within } from "../../store/index.ts";
import type { Engine } from "./engine.ts";

/** Whether the app can serve requests now. */
export interface Readiness {
  readonly ready: boolean;
  /** If not: the code of the store's error, or of its timeout. */
  readonly code?: string;
}

/**
 * How long an answer counts, in milliseconds: frequent questions must cost the store next to
 * nothing.
 */
const KEPT = 500;
/** An owner that cannot exist: the store must search for it, and finds nothing. */
const NOBODY = "b:readiness";

interface Look {
  readonly at: number;
  readonly result: Promise<Readiness>;
}

const looks = new WeakMap<Engine, Look>();

/** Asks the store one small question. @param timeout - how long it may take, in milliseconds */
export async function readiness(engine: Engine, timeout: number): Promise<Readiness> {
  const last = looks.get(engine);
  if (last !== undefined && performance.now() - last.at < KEPT) return await last.result;
  const look = { at: performance.now(), result: ask(engine, timeout) };
  looks.set(engine, look);
  return await look.result;
}

async function ask({ store }: Engine, timeout: number): Promise<Readiness> {
  try {
    await within(timeout, store.owner(NOBODY));
    return { ready: true };
  } catch (error) {
    return { ready: false, code: isPersistError(error) ? error.code : "ERR_STORE_UNAVAILABLE" };
  }
}
