import { once } from "node:events";
import { WebSocket } from "ws";

const DEADLINE_MS = 120_000;
/** Fields of Streamlit's ForwardMsg. */
const SCRIPT_FINISHED = 6;

/** A Streamlit session without a browser: it asks for runs and waits for their ends. */
export class RawSession {
  readonly socket: WebSocket;
  /** The browser's cookies, to come back with. */
  readonly cookie: string;
  /** By this the tab comes back; the last one that the gateway gave. Empty without a gateway. */
  ticket = "";

  private constructor(socket: WebSocket, cookie: string) {
    this.socket = socket;
    this.cookie = cookie;
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) this.ticket = /"ticket":"([^"]+)"/.exec(data.toString())?.[1] ?? this.ticket;
    });
  }

  /**
   * Opens one like a page does, with the cookies that the page itself brings, or those that are
   * given.
   * @param tab - the id of the page's tab and its ticket, if the page is one of the gateway's
   */
  static async open(
    origin: string,
    cookie?: string,
    tab?: { readonly id: string; readonly ticket: string },
  ): Promise<RawSession> {
    const page = await fetch(origin, cookie === undefined ? {} : { headers: { cookie } });
    await page.arrayBuffer();
    const fresh = page.headers.getSetCookie().map((line) => line.split(";")[0]);
    const cookies = fresh.length > 0 || cookie === undefined ? fresh.join("; ") : cookie;
    const protocols = ["streamlit", "PLACEHOLDER_AUTH_TOKEN"];
    if (tab !== undefined) protocols.push(`persist-session.new.${tab.id}.${tab.ticket}`);
    const socket = new WebSocket(`${origin.replace("http", "ws")}/_stcore/stream`, protocols, {
      headers: { origin, cookie: cookies },
      perMessageDeflate: false,
    });
    const session = new RawSession(socket, cookies);
    await once(socket, "open", { signal: AbortSignal.timeout(DEADLINE_MS) });
    return session;
  }

  /**
   * Runs the script once. @returns how long that took, in milliseconds, and all that was sent, as
   * text
   */
  async run(query = ""): Promise<{ ms: number; text: string }> {
    const texts: string[] = [];
    const started = performance.now();
    const ended = await this.#ask(query, "a run that ends", (data) => {
      texts.push(data.toString("latin1"));
      return fieldsOf(data).includes(SCRIPT_FINISHED);
    });
    return { ms: ended - started, text: texts.join("\n") };
  }

  /** Asks for a run and waits until a message of it has this text. */
  async runUntil(text: string, query = ""): Promise<void> {
    await this.#ask(query, `a run that shows ${text}`, (data) => data.includes(text));
  }

  /** Asks for a run. @returns when the awaited message came, by `performance.now()` */
  async #ask(query: string, what: string, awaited: (data: Buffer) => boolean): Promise<number> {
    const come = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`There was not ${what}.`)), DEADLINE_MS);
      const listen = (data: Buffer): void => {
        if (!awaited(data)) return;
        this.socket.off("message", listen);
        clearTimeout(timer);
        resolve(performance.now());
      };
      this.socket.on("message", listen);
    });
    this.socket.send(rerunMessage(query));
    return await come;
  }

  /** How long a ping takes to Streamlit and back, in milliseconds. */
  async ping(): Promise<number> {
    const started = performance.now();
    const answered = once(this.socket, "pong");
    this.socket.ping("x");
    await answered;
    return performance.now() - started;
  }

  close(): void {
    this.socket.terminate();
  }
}

/**
 * BackMsg { rerun_script (11): ClientState { query_string (1) } }. The query is shorter than 120
 * bytes.
 */
function rerunMessage(query: string): Buffer {
  const text = Buffer.from(query);
  const state = text.length === 0 ? [] : [0x0a, text.length, ...text];
  return Buffer.from([0x5a, state.length, ...state]);
}

/** The numbers of the fields at the top of a protobuf message. */
function fieldsOf(message: Buffer): number[] {
  const fields: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    fields.push(Math.floor(key / 8));
    if (key % 8 === 0) varint();
    else if (key % 8 === 2) {
      const length = varint();
      at += length;
    } else if (key % 8 === 5) at += 4;
    else if (key % 8 === 1) at += 8;
    else break;
  }
  return fields;
}
