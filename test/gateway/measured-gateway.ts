// A gateway in a process of its own that says how much of the processor it has used.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import { SECRET } from "./ring.ts";

const [port, trustProxy] = process.argv.slice(2);
const sessions = createSessions({
  store: "memory:",
  secret: SECRET,
  sweepInterval: false,
  trustProxy: trustProxy ?? "none",
  log: () => {},
});
const gateway = createGateway({
  sessions,
  upstream: () => ({ host: "127.0.0.1", port: Number(port) }),
  trustedUserHeaders: ["X-User"],
});
gateway.server.listen(0, "127.0.0.1");
await once(gateway.server, "listening");
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1000);
});
process.send?.((gateway.server.address() as AddressInfo).port);
