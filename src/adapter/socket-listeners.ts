import type { SocketScopes } from "./socket-scopes.ts";

type Listener = (...args: unknown[]) => unknown;
type Adding = (event: string, listener: Listener) => unknown;

/** The part of a Socket.IO `Socket` that has listeners. */
export interface ScopedSocket {
  on: Adding;
  addListener: Adding;
  prependListener: Adding;
  once: Adding;
  prependOnceListener: Adding;
  removeListener: Adding;
}

/**
 * Makes a scope of each call of a socket's listeners. Node's emitter also identifies a listener by
 * its property `listener`, as with its own `once`, so `off` and `listeners` keep working with the
 * functions that the app added.
 */
export function scopeListeners(socket: ScopedSocket, scopes: Pick<SocketScopes, "run">): void {
  const run = (listener: Listener, args: unknown[]): void => {
    const acks = new HeldAck(args);
    scopes.run(
      async () => void (await listener.apply(socket, acks.args)),
      () => acks.send(),
    );
  };
  const { on, prependListener } = socket;
  const add = (adding: Adding) => (event: string, listener: Listener) =>
    adding.call(
      socket,
      event,
      removableBy((...args) => run(listener, args), listener),
    );
  const addOnce = (adding: Adding) => (event: string, listener: Listener) => {
    const once = removableBy((...args) => {
      socket.removeListener(event, once);
      run(listener, args);
    }, listener);
    return adding.call(socket, event, once);
  };
  Object.assign(socket, {
    on: add(on),
    addListener: add(on),
    prependListener: add(prependListener),
    once: addOnce(on),
    prependOnceListener: addOnce(prependListener),
  });
}

function removableBy(wrapper: Listener, listener: Listener): Listener {
  return Object.assign(wrapper, { listener });
}

/** An acknowledgement reports success, so it waits for the commit. */
class HeldAck {
  readonly args: unknown[];
  #given: (() => void) | undefined;
  #isOver = false;

  constructor(args: unknown[]) {
    const ack = args.at(-1);
    this.args =
      typeof ack === "function" ? [...args.slice(0, -1), this.#hold(ack as Listener)] : args;
  }

  send(): void {
    this.#isOver = true;
    this.#given?.();
  }

  #hold(ack: Listener): Listener {
    return (...answer) => {
      // An acknowledgement after the listener's end has nothing to wait for.
      if (this.#isOver) ack(...answer);
      else this.#given ??= () => ack(...answer);
    };
  }
}
