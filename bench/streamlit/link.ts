import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Transform, type TransformCallback } from "node:stream";

/** How slow the way between browser and server is. */
export interface Slowness {
  /** Milliseconds there and back; half of it each way. */
  readonly roundTrip: number;
  /** Each way, shared by all connections; absent: as fast as it goes. */
  readonly bitsPerSecond?: number;
}

export interface Link {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * A TCP way to a port of this machine that is as slow as one over the net. Chromium's own emulation
 * leaves WebSockets out, and nothing of the system is changed here.
 */
export async function startLink(target: number, slowness: Slowness): Promise<Link> {
  const sockets = new Set<Socket>();
  const oneWay = slowness.roundTrip / 2;
  const up = new Rate(slowness.bitsPerSecond);
  const down = new Rate(slowness.bitsPerSecond);
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    // The handshake costs a round trip before the first byte can leave.
    client.pipe(new Way(up, oneWay, performance.now() + slowness.roundTrip)).pipe(upstream);
    upstream.pipe(new Way(down, oneWay, 0)).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What one direction lets through, over all connections. */
class Rate {
  readonly #bytesPerMs: number;
  #free = 0;

  constructor(bitsPerSecond = Infinity) {
    this.#bytesPerMs = bitsPerSecond / 8000;
  }

  /** @returns when this many bytes, which may leave at `earliest`, have left */
  take(bytes: number, earliest: number): number {
    this.#free = Math.max(earliest, this.#free) + bytes / this.#bytesPerMs;
    return this.#free;
  }
}

/** One direction of one connection. */
class Way extends Transform {
  readonly #rate: Rate;
  readonly #delay: number;
  readonly #opens: number;
  /**
   * What is under way, in its order, with the moment when it arrives. Timers alone keep no order.
   */
  readonly #queue: { readonly at: number; readonly arrive: () => void }[] = [];

  constructor(rate: Rate, delay: number, opens: number) {
    super();
    this.#rate = rate;
    this.#delay = delay;
    this.#opens = opens;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, taken: TransformCallback): void {
    const now = performance.now();
    const left = this.#rate.take(chunk.length, Math.max(this.#opens, now));
    this.#enqueue(left + this.#delay, () => void this.push(chunk));
    // The next chunk is taken when this one has left, so that a slow link also slows the sender.
    if (left - now < 1) taken();
    else setTimeout(taken, left - now);
  }

  override _flush(done: TransformCallback): void {
    this.#enqueue(performance.now() + this.#delay, done);
  }

  #enqueue(at: number, arrive: () => void): void {
    this.#queue.push({ at, arrive });
    if (this.#queue.length === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#queue;
    if (first === undefined) return;
    setTimeout(
      () => {
        first.arrive();
        this.#queue.shift();
        // What is due by now does not wait for a timer of its own.
        while ((this.#queue[0]?.at ?? Infinity) <= performance.now()) this.#queue.shift()?.arrive();
        this.#wait();
      },
      Math.max(0, first.at - performance.now()),
    );
  }
}
