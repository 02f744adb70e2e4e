// oxlint-disable unicorn/consistent-function-scoping -- only what is inside the function gets into the page
// oxlint-disable unicorn/require-post-message-target-origin -- a BroadcastChannel has no such argument
/** A message of the gateway, as it is described in `tabs/page-message.ts`. */
interface OwnMessage {
  readonly ticket?: string;
  readonly adopt?: string;
  readonly rerun?: boolean;
  readonly taken?: boolean;
  readonly pause?: boolean;
  readonly unless?: string;
}

/** Whether Streamlit's page gets a message. */
type Takes = (data: unknown) => boolean;

/**
 * The page script. It runs in `<head>`, before Streamlit's own code. The gateway serves the source
 * text of this function, so it can use nothing from outside itself.
 *
 * It keeps the tab's id, adds it to Streamlit's WebSocket, handles the gateway's messages there,
 * and fetches new cookies.
 */
export function page(script: HTMLScriptElement): void {
  const base = script.src.replace(/(?:static\/js\/persist-session\.|_persist\/page\.js)[^/]*$/, "");
  const { issue, every, host } = script.dataset;
  // The note is valid for two minutes. It is removed so that other scripts, or a saved copy of the
  // page, cannot read it.
  script.removeAttribute("data-issue");
  // With this the gateway recognizes the page if a proxy rewrites Host.
  let note = "";
  const isHostRewritten = host !== undefined && host.toLowerCase() !== location.host;
  if (script.dataset["hello"] !== undefined || isHostRewritten) sayHello();
  if (!isHostRewritten) connectAtOnce(script.dataset["hostConfig"]);
  const key = `persist-session:${new URL(base).pathname}${place()}`;
  const original = `${key}:of`;
  const held = claim();
  let { tab, ticket } = held ?? newTab();
  const copyOf = held === undefined ? duplicated() : "";
  noteTab();
  let life: "new" | "same" | "back" | "past" = "new";
  let left = false;
  let channel: BroadcastChannel | undefined;
  let current: WebSocket | undefined;
  let adopting = Promise.resolve();
  const PAUSE = {};

  // Frames of one origin in one page share its sessionStorage, so each position among the frames
  // has a key of its own.
  function place(): string {
    let path = "";
    for (let frame: Window = window; frame !== frame.parent; frame = frame.parent) {
      let index = 0;
      while (index < frame.parent.length && frame.parent[index] !== frame) index++;
      path += `/${index}`;
    }
    return path;
  }

  function newTab(): { tab: string; ticket: string } {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return {
      tab: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      ticket: "",
    };
  }

  // Removed while the page lives: a duplicated tab, or one opened by this tab, gets a copy of
  // sessionStorage.
  function claim(): { tab: string; ticket: string } | undefined {
    try {
      const text = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      const held = JSON.parse(text ?? "null") as { tab: string; ticket: string } | null;
      return held ?? undefined;
    } catch {
      // The browser keeps no storage. The tab has its id as long as the page lives.
      return undefined;
    }
  }

  // The original's id, which stays in sessionStorage. A tab that a page has opened finds it too,
  // but is no duplicate.
  function duplicated(): string {
    try {
      return window.opener === null ? (sessionStorage.getItem(original) ?? "") : "";
    } catch {
      return "";
    }
  }

  function noteTab(): void {
    try {
      sessionStorage.setItem(original, tab);
    } catch {
      // As above.
    }
  }

  function leave(): void {
    try {
      sessionStorage.setItem(key, JSON.stringify({ tab, ticket }));
    } catch {
      // As above.
    }
  }

  /** @returns whether this tab has had a later page, which was given a newer ticket */
  function comeBack(): boolean {
    const held = claim();
    const isPast = held?.tab === tab && held.ticket !== ticket;
    if (isPast) ({ ticket } = held);
    return isPast;
  }

  /** @returns whether the gateway has answered */
  async function post(path: string, body: string): Promise<boolean> {
    try {
      const url = `${base}_persist/${path}`;
      const { status, headers } = await fetch(url, { method: "POST", body, keepalive: true });
      note = headers.get("x-persist-session-origin") ?? note;
      return status < 500;
    } catch {
      return false;
    }
  }

  // With this, Streamlit's code opens its socket before it has asked for health and host-config.
  function connectAtOnce(hostConfig: string | undefined): void {
    const page = window as { __streamlit?: unknown };
    if (hostConfig === undefined || page.__streamlit !== undefined) return;
    page.__streamlit = { BACKEND_BASE_URL: base, HOST_CONFIG: JSON.parse(hostConfig) as unknown };
  }

  // Synchronous on purpose: the cookie must be set before Streamlit's code opens its socket.
  function sayHello(): void {
    try {
      const request = new XMLHttpRequest();
      request.open("POST", `${base}_persist/hello`, false);
      request.send();
      note = request.getResponseHeader("x-persist-session-origin") ?? "";
    } catch {
      // Then this page's state lasts as long as its connection.
    }
  }

  // Keeps the cookie's expiry sliding, and finds out if the browser has another session's cookie by
  // now.
  function sayAlive(): void {
    post("alive", ticket).catch(() => {});
  }

  // One after the other: a session may move twice at once, and each ticket asks for the cookie of
  // the one before.
  function adopt(text: string): void {
    adopting = adopting.then(() => fetchCookie(text));
  }

  async function fetchCookie(text: string): Promise<void> {
    await insist("adopt", text);
    channel?.postMessage("adopted");
  }

  async function insist(path: string, body: string): Promise<void> {
    // The gateway forgets it after a minute.
    for (let wait = 250; wait < 60_000; wait *= 2) {
      if (await post(path, body)) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  function ownMessage(data: unknown): OwnMessage | undefined {
    const isOurs = typeof data === "string" && data.startsWith('{"persist-session":');
    return isOurs ? (JSON.parse(data) as OwnMessage) : undefined;
  }

  // Streamlit's page processes messages that arrive together in one step, and compares the
  // beginning of a run with its state before that step. If it finds another page of the app there,
  // it removes its content. So messages after a pause wait until the step is over.
  async function goOn(socket: WebSocket, waiting: unknown[], takes: Takes): Promise<void> {
    while (waiting.length > 0) {
      const [data] = waiting;
      if (data === PAUSE) await untilShown();
      else if (takes(data))
        socket.dispatchEvent(new MessageEvent("message", { data, origin: new URL(base).origin }));
      waiting.shift();
    }
  }

  // Of two messages after a text with `unless`, Streamlit's page gets one. A run that began before
  // a person changed a widget would undo the change.
  function chooser(socket: WebSocket): Takes {
    const send = socket.send.bind(socket);
    let said: Uint8Array<ArrayBuffer> | undefined;
    let skipped = 0;
    socket.send = (data) => {
      // A request for a run, which reports all widgets, begins with the key of its field, 11.
      if (data instanceof Uint8Array && data[0] === 0x5a) said = data as Uint8Array<ArrayBuffer>;
      send(data);
    };
    return (data) => {
      const widget = ownMessage(data)?.unless;
      if (widget === undefined) return --skipped !== 0;
      skipped = new TextDecoder().decode(said).includes(widget) ? 1 : 2;
      return false;
    };
  }

  async function untilShown(): Promise<void> {
    const until = performance.now() + 2000;
    const isShown = (): boolean =>
      document.querySelector('[data-test-script-state="running"]') !== null;
    while (!isShown() && performance.now() < until) await turn();
    // What came after the one message that said so.
    await turn();
  }

  async function turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
  }

  function hear(frame: OwnMessage): void {
    if (frame.taken) {
      ({ tab, ticket } = newTab());
      noteTab();
    }
    if (frame.ticket !== undefined) ({ ticket } = frame as { ticket: string });
    if (frame.adopt !== undefined) adopt(frame.adopt);
    if (frame.rerun)
      window.postMessage({ stCommVersion: 1, type: "RERUN_SCRIPT" }, location.origin);
  }

  function listen(): void {
    if (typeof BroadcastChannel === "undefined") return;
    channel = new BroadcastChannel(`persist-session:${new URL(base).pathname}`);
    channel.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (data === "adopted") sayAlive();
      // Two first pages at once were given two sessions; the browser kept one cookie.
      else if (issue !== undefined) insist("join", `${issue} ${data}`).catch(() => {});
    });
  }

  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args: [string | URL, (string | string[])?], newTarget) {
      const [address, protocols = []] = args;
      const url = new URL(address, location.href);
      if (url.host !== location.host || !url.pathname.endsWith("/_stcore/stream"))
        return Reflect.construct(target, args, newTarget) as WebSocket;
      const copy = life === "new" && copyOf !== "" ? `.${copyOf}` : "";
      const entry = `persist-session.${life}.${tab}.${ticket}${(note || copy) && `.${note}`}${copy}`;
      const entries = [protocols, entry].flat();
      const socket = Reflect.construct(target, [address, entries], newTarget) as WebSocket;
      current = socket;
      const takes = chooser(socket);
      const waiting: unknown[] = [];
      socket.addEventListener("message", (event: MessageEvent<unknown>) => {
        if (!event.isTrusted) return;
        const ours = ownMessage(event.data);
        const isForPage = ours === undefined || ours.unless !== undefined;
        const isDue = isForPage && waiting.length === 0;
        if (!isDue || !takes(event.data)) event.stopImmediatePropagation();
        // Ignores messages of a socket that this page has abandoned.
        if (ours !== undefined && socket === current) hear(ours);
        // From now on Streamlit's page has something to lose.
        if (ours === undefined) life = "same";
        if (ours?.pause) {
          waiting.push(PAUSE);
          if (waiting.length === 1) goOn(socket, waiting, takes).catch(() => {});
        } else if (isForPage && !isDue) waiting.push(event.data);
      });
      return socket;
    },
  });

  addEventListener("pagehide", () => {
    left = true;
    leave();
    // An open channel could keep the page out of the back/forward cache.
    channel?.close();
    channel = undefined;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    left = false;
    const isPast = comeBack();
    if (life !== "new") life = isPast || life === "past" ? "past" : "back";
    listen();
  });
  // The browser may discard a background tab with no other event.
  document.addEventListener("freeze", () => left || leave());
  document.addEventListener("resume", () => left || comeBack());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") sayAlive();
  });
  setInterval(sayAlive, Number(every));
  listen();
  if (issue !== undefined) channel?.postMessage(issue);
}
