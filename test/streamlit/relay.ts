import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A port that leads to another one, and can be away. */
export class Relay {
  readonly port: number;
  #to: number;
  readonly #sockets = new Set<Socket>();
  readonly #pairs = new Map<Socket, Socket>();
  #server: Server | undefined;

  constructor(port: number, to: number) {
    this.port = port;
    this.#to = to;
  }

  async open(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#to, "127.0.0.1");
      near.pipe(far).pipe(near);
      this.#pairs.set(
        near.on("close", () => this.#pairs.delete(near)),
        far,
      );
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one
          .on("error", () => {})
          .on("close", () => {
            this.#sockets.delete(one);
            other.destroy();
          });
      }
    }).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** New connections go to this port. */
  pointTo(port: number): void {
    this.#to = port;
  }

  /** What comes from the page waits from now on. */
  hold(): void {
    for (const [near, far] of this.#pairs) near.unpipe(far).pause();
  }

  release(): void {
    for (const [near, far] of this.#pairs) near.pipe(far);
  }

  /** As if the process behind it had died: there is no listener, and every connection is cut. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
