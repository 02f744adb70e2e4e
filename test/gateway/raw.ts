import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";
import type { PageMessage } from "../../src/gateway/tabs/page-message.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import { until } from "../support/until.ts";
import { FakeStreamlit } from "./fake-streamlit.ts";
import { SECRET } from "./ring.ts";

/** A gateway in front of something like Streamlit, for what no browser would do. */
export interface Rig {
  readonly streamlit: FakeStreamlit;
  readonly sessions: Sessions;
  readonly gateway: Gateway;
  readonly url: string;
  readonly warnings: string[];
  /** Changes which start of Streamlit it is. */
  restart(): void;
}

/** Starts it, runs the work, stops it, even if the work fails. */
export async function withRig(
  work: (rig: Rig) => Promise<void>,
  options: { sessions?: SessionsOptions; gateway?: Partial<GatewayOptions> } = {},
): Promise<void> {
  const warnings: string[] = [];
  const streamlit = new FakeStreamlit();
  await streamlit.start();
  const sessions = createSessions({
    store: "memory:",
    secret: SECRET,
    sweepInterval: false,
    log: (line) => void warnings.push(line),
    ...options.sessions,
  });
  let starts = 0;
  const gateway = createGateway({
    sessions,
    upstream: () => ({ host: "127.0.0.1", port: streamlit.port }),
    streamlitStart: () => String(starts),
    ...options.gateway,
  });
  gateway.server.listen(0, "127.0.0.1");
  await once(gateway.server, "listening");
  const url = `http://127.0.0.1:${(gateway.server.address() as AddressInfo).port}`;
  const restart = (): void => {
    starts++;
    streamlit.forget();
  };
  try {
    await work({ streamlit, sessions, gateway, url, warnings, restart });
  } finally {
    await gateway.close();
    await sessions.close();
    streamlit.close();
  }
}

/** A browser with a cookie jar of one cookie. */
export class RawBrowser {
  readonly rig: Rig;
  cookie: string | undefined;

  constructor(rig: Rig, cookie?: string) {
    this.rig = rig;
    this.cookie = cookie;
  }

  async get(path = "/", headers: Record<string, string> = {}): Promise<Response> {
    return await this.#take(await fetch(`${this.rig.url}${path}`, { headers: this.with(headers) }));
  }

  async post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    const own = { "sec-fetch-site": "same-origin", ...headers };
    return await this.#take(
      await fetch(`${this.rig.url}/_persist/${path}`, {
        method: "POST",
        body,
        headers: this.with(own),
      }),
    );
  }

  /** Opens a page's WebSocket. */
  async connect(
    page: Partial<RawPage> = {},
    headers: Record<string, string> = {},
  ): Promise<RawSocket> {
    const { life = "new", tab = newTab(), ticket = "", note, claimed } = page;
    const protocols = ["streamlit", "token", ...(claimed === undefined ? [] : [claimed])];
    const entry = `persist-session.${life}.${tab}.${ticket}${note === undefined ? "" : `.${note}`}`;
    const address = `${this.rig.url.replace("http", "ws")}/_stcore/stream`;
    const socket = new WebSocket(address, [...protocols, entry], { headers: this.with(headers) });
    const raw = new RawSocket(socket, tab);
    await once(socket, "open");
    await until("Streamlit has answered", () => raw.messages > 0);
    return raw;
  }

  with(headers: Record<string, string>): Record<string, string> {
    return this.cookie === undefined ? headers : { cookie: this.cookie, ...headers };
  }

  async #take(response: Response): Promise<Response> {
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.slice(0, set.indexOf(";"));
    return response;
  }
}

interface RawPage {
  readonly life: "new" | "same" | "back";
  readonly tab: string;
  readonly ticket: string;
  /** The note of its origin. */
  readonly note: string;
  /** Streamlit's session id as the page gives it. */
  readonly claimed: string;
}

export class RawSocket {
  readonly socket: WebSocket;
  readonly tab: string;
  readonly frames: PageMessage[] = [];
  messages = 0;
  isClosed = false;

  constructor(socket: WebSocket, tab: string) {
    this.socket = socket;
    this.tab = tab;
    socket.on("error", () => {});
    socket.on("close", () => (this.isClosed = true));
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.messages++;
      else this.frames.push(JSON.parse(data.toString()) as PageMessage);
    });
  }

  /** The last ticket that it was given. */
  async ticket(): Promise<string> {
    await until("there is a ticket", () => this.frames.some(({ ticket }) => ticket !== undefined));
    return this.frames.findLast(({ ticket }) => ticket !== undefined)?.ticket ?? "";
  }

  async adoptTicket(): Promise<string> {
    await until("there is an adopt ticket", () =>
      this.frames.some(({ adopt }) => adopt !== undefined),
    );
    return this.frames.findLast(({ adopt }) => adopt !== undefined)?.adopt ?? "";
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.socket.close();
    await once(this.socket, "close");
  }

  async untilClosed(): Promise<void> {
    await until("the socket is closed", () => this.isClosed);
  }
}

export function newTab(): string {
  return randomBytes(16).toString("hex");
}

/** What the gateway said to Streamlit of the last socket. */
export function lastClaims({ streamlit }: Rig): {
  s: string;
  t: string | null;
  p: string;
  x?: true;
} {
  const header = streamlit.last.headers["x-persist-session"];
  assert.equal(typeof header, "string");
  const [payload = ""] = String(header).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as ReturnType<typeof lastClaims>;
}
