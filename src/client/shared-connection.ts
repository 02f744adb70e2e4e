import { connect, type ConnectionListener, type Status } from "./connection.ts";
import type { ServerEvent } from "./events.ts";

/**
 * What the tab with the connection tells the others. A new tab sends `ask`.
 */
interface Message {
  readonly ask?: true;
  readonly event?: ServerEvent | undefined;
  readonly status?: Status;
}

/**
 * How often the tab that has the connection gives a sign of life to the others, and after how many
 * milliseconds without one a tab takes the connection over: the other may have been suspended.
 */
const SIGN = 10_000;
const MAX_SILENCE = 45_000;

/**
 * Like `connect`, but the tabs of a browser share one connection: one tab has it and passes on what
 * it hears. If that tab goes away or is frozen, another takes over. A page without HTTPS has no
 * locks, so each tab has its own connection.
 */
export function connectShared(url: string, listener: ConnectionListener): () => void {
  const { locks } = navigator;
  // Every browser had its BroadcastChannel before the locks.
  if (!locks) return connect(url, listener);
  const name = `persist-session:${new URL(url, location.href).href}`;
  const channel = new BroadcastChannel(name);
  let heard = Date.now();
  /** Lets go of the lock, or of the wait for it. */
  let leave: (() => void) | undefined;
  /** Tells a tab that has just come what it has missed; undefined if another tab leads. */
  let retell: (() => void) | undefined;

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no such argument
  const tell = (message: Message): void => channel.postMessage(message);

  const lead = async (): Promise<void> => {
    let status: Status = "connecting";
    // The newest event of each state; before them, the newest one about the session.
    const latest = new Map<string, ServerEvent>();
    retell = () => {
      for (const event of latest.values()) tell({ event });
      tell({ status });
    };
    const stop = connect(url, {
      event: (event) => {
        if (event?.name === "state") latest.set(JSON.parse(event.data).key, event);
        else if (event) {
          // The server does not say again what this tab has seen before it connected again.
          if (event.name !== "hello") latest.clear();
          latest.set("", event);
        }
        listener.event(event);
        tell({ event });
      },
      status: (now) => {
        status = now;
        listener.status(now);
        tell({ status });
      },
    });
    await new Promise<void>((resolve) => (leave = resolve));
    retell = undefined;
    stop();
  };

  const enter = (steal = false): void => {
    heard = Date.now();
    const waiting = new AbortController();
    leave = () => waiting.abort();
    const options = steal ? { steal } : { signal: waiting.signal };
    // It fails if the wait is aborted, or if another tab steals the lock. Then this tab waits
    // again.
    locks.request(name, options, lead).catch(() => {
      if (!retell) return;
      leave?.();
      enter();
    });
    if (!steal) tell({ ask: true });
  };

  const rest = (): void => leave?.();
  const resume = (): void => {
    rest();
    enter();
  };
  const watch = setInterval(() => {
    if (retell) tell({});
    else if (Date.now() - heard > MAX_SILENCE && !document.hidden) {
      rest();
      enter(true);
    }
  }, SIGN);

  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.ask) return retell?.();
    if (retell) return;
    heard = Date.now();
    if (data.status) listener.status(data.status);
    else listener.event(data.event);
  });
  // A frozen tab receives nothing, and would keep the others from receiving.
  const over = new AbortController();
  const { signal } = over;
  addEventListener("pagehide", rest, { signal });
  document.addEventListener("freeze", rest, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && resume(), { signal });
  document.addEventListener("resume", resume, { signal });
  enter();

  return () => {
    over.abort();
    clearInterval(watch);
    rest();
    channel.close();
  };
}
