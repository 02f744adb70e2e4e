import { type Scope, scopes } from "../sessions/index.ts";

/** What the iteration of a call's values needs. */
interface Iteration {
  /** Aborts if the client has gone, maybe before the first value was asked for. */
  readonly signal: AbortSignal | undefined;
  /** Called after a commit has failed. */
  readonly failed: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

/** Whether a procedure returned values that come one by one. */
export function isIterable(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}

/**
 * The same values, made in a scope that lasts as long as they do: `restore` works in the generator,
 * and its changes are committed before each value is sent.
 */
export function iterateIn(
  scope: Scope,
  values: AsyncIterable<unknown>,
  { signal, failed, report }: Iteration,
): AsyncIterableIterator<unknown> {
  const iterator = scopes.run(scope, () => values[Symbol.asyncIterator]());
  let begun = false;
  const end = (): Promise<void> => scope.end().catch(report);
  const onAbort = (): void => {
    // Otherwise the scope ends with the iteration, after the generator's own `finally`.
    if (!begun) scope.end().catch(report);
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });

  const commit = async (done: boolean): Promise<void> => {
    try {
      await (done ? scope.end() : scope.commit());
    } catch (error) {
      scope.release();
      await failed();
      if (!done) await iterator.return?.().catch(report);
      throw error;
    }
  };
  const step = async (
    take: () => Promise<IteratorResult<unknown>>,
  ): Promise<IteratorResult<unknown>> => {
    begun = true;
    let taken: IteratorResult<unknown>;
    try {
      taken = await scopes.run(scope, take);
    } catch (error) {
      await end();
      throw error;
    }
    await commit(taken.done === true);
    return taken;
  };

  return {
    next: async () => await step(async () => await iterator.next()),
    return: async (value: unknown) =>
      await step(async () => {
        await iterator.return?.(value);
        return { done: true, value };
      }),
    throw: async (error: unknown) =>
      await step(async () => {
        if (iterator.throw !== undefined) return await iterator.throw(error);
        throw error;
      }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
