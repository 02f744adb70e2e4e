import { type EventListener, readEvents } from "./events.ts";

/** Milliseconds before the next attempt after failures: it doubles from the first to the second. */
const FIRST_WAIT = 500;
const MAX_WAIT = 30_000;
/** How often a page without a session asks whether it has one. */
const NO_SESSION_WAIT = 3000;
/**
 * The stream may report a session's end before the answer with the next session's cookie has
 * arrived: how often to ask again, and how soon.
 */
const ASKS = 5;
const ASK_WAIT = 200;

/** The state of a page's connection: `none` if the browser has no session yet. */
export type Status = "connecting" | "live" | "none" | "refused";

/** What a connection tells. */
export interface ConnectionListener {
  readonly event: EventListener;
  readonly status: (status: Status) => void;
}

/**
 * Keeps one stream of events open: it connects again after failures, silence and sleep, until it is
 * stopped.
 */
export function connect(url: string, { event, status }: ConnectionListener): () => void {
  const over = new AbortController();
  const { signal } = over;
  let attempt = new AbortController();
  let lastId = "";
  let failures = 0;
  let asks = 0;
  let beat = 0;
  let heard = 0;
  let wake: (() => void) | undefined;

  const backOff = (): number =>
    Math.min(FIRST_WAIT * 2 ** failures++, MAX_WAIT) * (0.5 + Math.random() / 2);

  const stream = async (): Promise<number> => {
    const response = await fetch(url, {
      headers: { accept: "text/event-stream", ...(lastId && { "last-event-id": lastId }) },
      credentials: "same-origin",
      cache: "no-store",
      signal: attempt.signal,
    });
    if (!response.ok || response.body === null) {
      const none = response.status === 409;
      if (none && asks-- > 0) return ASK_WAIT;
      if (!none && failures === 0) {
        const { code = "", message = "" } = await response.json().catch(() => ({}));
        // oxlint-disable-next-line no-console -- what an app's developer must see
        console.error(`${url}: ${response.status} ${code} ${message}`);
      }
      status(none ? "none" : "refused");
      return none ? NO_SESSION_WAIT : backOff();
    }
    let wait = FIRST_WAIT;
    heard = Date.now();
    await readEvents(response.body, (one) => {
      heard = Date.now();
      if (one?.name === "hello") {
        beat = JSON.parse(one.data).beat;
        failures = 0;
        status("live");
      }
      lastId = one?.id ?? lastId;
      if (one?.name === "ended") {
        // The next session has seen nothing yet.
        lastId = "";
        asks = ASKS;
        wait = 1;
      }
      event(one);
    });
    return wait;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      attempt = new AbortController();
      const wait = await stream().catch(() => {
        if (!signal.aborted) status("connecting");
        return backOff();
      });
      if (!signal.aborted && wait > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, wait);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    }
  };

  // A connection that has been silent for too long is dead, whatever the browser says: a laptop
  // slept, a network changed.
  const check = (): void => {
    if (beat > 0 && Date.now() - heard > beat * 3) attempt.abort();
  };
  const reconnect = (): void => {
    if (document.visibilityState === "hidden") return;
    check();
    wake?.();
  };
  const timer = setInterval(check, 5000);
  addEventListener("online", reconnect, { signal });
  document.addEventListener("visibilitychange", reconnect, { signal });
  run().catch(reportError);

  return () => {
    over.abort();
    clearInterval(timer);
    attempt.abort();
    wake?.();
  };
}
