import { restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import type { Answer, Route } from "./driver.ts";

/**
 * A handler whose stream restores the state, sends its first piece, waits, changes the state and
 * sends "two".
 *
 * @param wait - for example until the client has the first piece
 * @param first - the first piece
 */
export function changingStream(
  wait: Promise<unknown>,
  change: (state: AppState) => void,
  {
    first = "one,",
    headers = {},
  }: { first?: string; headers?: NonNullable<Answer["headers"]> } = {},
): Route {
  return async () => {
    const state = await restore(AppState);
    return {
      headers,
      async *pieces() {
        yield first;
        await wait;
        change(state);
        yield "two";
      },
    };
  };
}
