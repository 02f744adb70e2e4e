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

/**
 * The state of a page's connection: `none` if the browser has no session yet, `refused` if the
 * answer was no stream.
 */
export type Status = "connecting" | "live" | "none" | "refused";

/** What a connection tells. */
export interface ConnectionListener {
  readonly event: EventListener;
  readonly status: (status: Status) => void;
}

/** An event of our own: the browser has no session, or may not see one, so nothing of it stays. */
const GONE = { name: "gone", data: "" };

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
  let beat = 15_000;
  let heard = 0;
  let now: Status | undefined;
  let wake: (() => void) | undefined;

  const backOff = (): number =>
    Math.min(FIRST_WAIT * 2 ** failures++, MAX_WAIT) * (0.5 + Math.random() / 2);

  const become = (next: Status): void => {
    now = next;
    if (!signal.aborted) status(next);
  };

  const ask = (redirect: RequestRedirect): Promise<Response> =>
    fetch(url, {
      headers: { accept: "text/event-stream", ...(lastId && { "last-event-id": lastId }) },
      credentials: "include",
      cache: "no-store",
      redirect,
      signal: attempt.signal,
    });

  const stream = async (): Promise<number> => {
    heard = Date.now();
    // To a sign-in page of another origin, a redirect fails like a network does.
    const response = await ask("follow").catch(() => ask("manual"));
    const { body, headers, ok, status: code } = response;
    if (!body || !ok || !headers.get("content-type")?.startsWith("text/event-stream")) {
      const none = code === 409;
      // A server that is busy or fails has said nothing about the session.
      if (code < 500 && code !== 429) {
        if (asks-- > 0) return ASK_WAIT;
        lastId = "";
        event(GONE);
      }
      const before = now;
      become(none ? "none" : "refused");
      if (none) return NO_SESSION_WAIT;
      if (now !== before) {
        // oxlint-disable-next-line no-console -- what an app's developer must see
        console.error(`${url}: ${code || "redirect"} ${(await response.text()).slice(0, 400)}`);
      }
      return backOff();
    }
    let wait: number | undefined;
    await readEvents(body, (one) => {
      heard = Date.now();
      lastId = one?.id ?? lastId;
      if (one?.name === "ended") {
        // The next session has seen nothing yet.
        lastId = "";
        asks = ASKS;
        wait = 1;
      }
      event(one);
      if (one?.name === "hello") {
        beat = JSON.parse(one.data).beat;
        failures = asks = 0;
        become("live");
      }
    });
    become("connecting");
    return wait ?? backOff();
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      attempt = new AbortController();
      const wait = await stream().catch(() => {
        become("connecting");
        return backOff();
      });
      // What is left of a refusal would keep a connection busy.
      attempt.abort();
      if (!signal.aborted) await new Promise<void>((resolve) => setTimeout((wake = resolve), wait));
    }
  };

  // A connection that has been silent for too long is dead, whatever the browser says: a laptop
  // slept, a network changed.
  const check = (): void => {
    if (Date.now() - heard > beat * 3) attempt.abort();
  };
  const reconnect = (): void => {
    if (document.hidden) return;
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
