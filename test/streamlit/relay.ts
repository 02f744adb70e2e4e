import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A port that leads to another one, and can be away. */
export class Relay {
  readonly port: number;
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(port: number, to: number) {
    this.port = port;
    this.#to = to;
  }

  async open(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#to, "127.0.0.1");
      near.pipe(far).pipe(near);
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

  /** As if the process behind it had died: there is no listener, and every connection is cut. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
