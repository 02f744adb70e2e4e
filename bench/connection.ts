import { connect, type Socket } from "node:net";
import { once } from "node:events";

const LAST_CHUNK = "0\r\n\r\n";
const CHUNK_HEAD = /(?:^|\r\n)[0-9a-f]+\r\n/gi;

/**
 * One visitor: a kept-alive HTTP connection and its cookie. Understands only what the servers of
 * this bench send (a length, or chunks of one line of JSON), so that the client takes little of the
 * machine that the server needs.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #headers: string;
  readonly #cookies = new Map<string, string>();
  readonly #requests = new Map<string, Buffer>();
  #waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;
  #received = "";
  #failure: Error | undefined;
  #answered = 0;
  #lastUsed = performance.now();
  /** Bytes of all responses. */
  bytes = 0;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    // Between two requests no caller waits: the next one is told.
    socket.on("error", (error) => this.#broken(error));
    socket.on("end", () => this.#broken(new Error("The server has closed the connection.")));
    socket.on("close", () => this.#broken(new Error("The connection was closed.")));
  }

  /** @param headers - lines that each request has, each with its line break */
  static async open(port: number, headers = ""): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Connection(socket, headers);
  }

  /** Another connection of the same browser: it has the same cookies. */
  async again(port: number): Promise<Connection> {
    const other = await Connection.open(port, this.#headers);
    for (const [name, value] of this.#cookies) other.#cookies.set(name, value);
    return other;
  }

  /** Sends a request and gives the `value` of its answer. */
  async request(method: string, path: string): Promise<number> {
    const body = await new Promise<string>((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      this.#waiting = { resolve, reject };
      this.#socket.write(this.#bytesOf(method, path));
    });
    return (JSON.parse(body) as { value: number }).value;
  }

  close(): void {
    this.#socket.destroy();
  }

  #broken(error: Error): void {
    const idle = ((performance.now() - this.#lastUsed) / 1000).toFixed(1);
    this.#failure ??= new Error(
      `${error.message} It happened ${this.#waiting === undefined ? "between two requests" : "during a request"}, ` +
        `${idle} s after the last of ${this.#answered} answers.`,
      { cause: error },
    );
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }

  #bytesOf(method: string, path: string): Buffer {
    const key = `${method} ${path}`;
    let bytes = this.#requests.get(key);
    if (bytes === undefined) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const length = method === "POST" ? "content-length: 0\r\n" : "";
      bytes = Buffer.from(
        `${key} HTTP/1.1\r\nhost: 127.0.0.1\r\n${length}${this.#headers}` +
          `${cookie === "" ? "" : `cookie: ${cookie}\r\n`}\r\n`,
      );
      this.#requests.set(key, bytes);
    }
    return bytes;
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#received += chunk.toString("latin1");
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    let body = this.#received.slice(end + 4);
    if (length === undefined ? !body.endsWith(LAST_CHUNK) : body.length < Number(length)) return;
    if (length === undefined) body = body.replaceAll(CHUNK_HEAD, "");
    this.#received = "";
    this.#answered++;
    this.#lastUsed = performance.now();
    this.#keepCookies(head);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (head.startsWith("HTTP/1.1 200 ")) waiting?.resolve(body);
    else waiting?.reject(new Error(`The server answered ${head.slice(9, 12)}: ${body}`));
  }

  #keepCookies(head: string): void {
    for (const [, name, value] of head.matchAll(/\r\nset-cookie: ([^=]+)=([^;\r]*)/gi)) {
      if (name === undefined || value === undefined || this.#cookies.get(name) === value) continue;
      this.#cookies.set(name, value);
      this.#requests.clear();
    }
  }
}
