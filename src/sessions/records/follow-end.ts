import { type Engine, endSession, report } from "./engine.ts";
import { endInTime } from "./max-lifetime.ts";
import { browserOwner } from "./owners.ts";

/**
 * Notices a session's end, for connections that stay open without a request, such as a WebSocket:
 * when its time is over, and when another process has ended it. Listeners of the event "ended" are
 * told then.
 *
 * @returns the function that stops it
 */
export function followEnd(engine: Engine, session: string): () => void {
  const { store, moving } = engine;
  const owner = browserOwner(session);
  const stopClock = endInTime(engine, session);
  let isStopped = false;
  let stopWatch: (() => void) | undefined;
  const end = (): void => {
    // If this process itself ends a session, it reports that itself, with the reason.
    if (!isStopped && !moving.has(session)) endSession(engine, session, "elsewhere");
  };
  const follow = async (): Promise<void> => {
    const stop = await store.watch(owner, ({ state }) => {
      if (state === undefined) end();
    });
    if (isStopped) {
      stop();
      return;
    }
    stopWatch = stop;
    // It may have ended before.
    if ((await store.owner(owner)).owner === "ended") end();
  };
  follow().catch((error: unknown) => report(engine, error));
  return () => {
    isStopped = true;
    stopClock();
    stopWatch?.();
  };
}
