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
 * After this many missed heartbeats, a tab takes the connection over. The tab that
 * has it may have been suspended.
 */
const MISSED = 4;

/**
 * Like `connect`, but the tabs of a browser share one connection: one tab has it and passes on what
 * it hears. If that tab goes away or is frozen, another takes over. A page without HTTPS has no
 * locks, so each tab has its own connection.
 */
export function connectShared(url: string, listener: ConnectionListener): () => void {
  const { locks } = navigator;
  if (locks === undefined || typeof BroadcastChannel === "undefined") return connect(url, listener);
  const name = `persist-session:${new URL(url, location.href).href}`;
  const channel = new BroadcastChannel(name);
  const latest = new Map<string, ServerEvent>();
  let status: Status = "connecting";
  let heard = Date.now();
  let beat = 15_000;
  /** Lets go of the lock, or of the wait for it. */
  let leave: (() => void) | undefined;
  let leading = false;

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no such argument
  const tell = (message: Message): void => channel.postMessage(message);

  const lead = async (): Promise<void> => {
    leading = true;
    const stop = connect(url, {
      event: (event) => {
        if (event?.name === "state") latest.set(JSON.parse(event.data).key, event);
        else if (event !== undefined) latest.clear();
        if (event?.name === "hello") latest.set("", event);
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
    leading = false;
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
      if (!leading) return;
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
    const silent = Date.now() - heard > beat * MISSED;
    if (!leading && silent && document.visibilityState === "visible") {
      rest();
      enter(true);
    }
  }, 10_000);

  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.ask) {
      if (!leading) return;
      tell({ status });
      for (const event of latest.values()) tell({ event });
      return;
    }
    if (leading) return;
    heard = Date.now();
    if (data.event?.name === "hello") beat = JSON.parse(data.event.data).beat;
    if (data.status !== undefined) listener.status(data.status);
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
