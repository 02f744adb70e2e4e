// Loaded before a documented program: whatever port it names, it gets a free one of 127.0.0.1 and
// tells its parent.
import { Server } from "node:net";

const listen = Reflect.get(Server.prototype, "listen");

/** @type {(this: Server, ...args: unknown[]) => Server} */
function listenAnywhere(...args) {
  // A Unix socket is no port: the embedded store listens on one of its own.
  if (isPath(args[0])) return Reflect.apply(listen, this, args);
  this.once("listening", () => {
    const address = this.address();
    if (address !== null && typeof address === "object") process.send?.({ port: address.port });
  });
  const options = { port: 0, host: "127.0.0.1" };
  const callback = args.find((arg) => typeof arg === "function");
  return Reflect.apply(listen, this, callback === undefined ? [options] : [options, callback]);
}

/** @param {unknown} target */
function isPath(target) {
  const path =
    typeof target === "object" && target !== null && "path" in target ? target.path : target;
  return typeof path === "string" && !/^\d+$/.test(path);
}

Object.defineProperty(Server.prototype, "listen", { value: listenAnywhere });
