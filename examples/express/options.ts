import { parseArgs } from "node:util";
import type { Duration } from "persist-session";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    "state-dir": { type: "string", default: ".persist-session" },
    store: { type: "string" },
    ttl: { type: "string", default: "30d" },
  },
});
const port = values.port ?? process.env["PORT"];

/**
 * The command line: `--port 8080` (or PORT), `--state-dir ./dir`, `--store redis://…`, `--ttl 30d`.
 */
export const options = {
  /** Without one, 3000 is tried first. */
  port: port === undefined || port === "" ? undefined : Number(port),
  stateDir: values["state-dir"],
  /** Where several servers are to share it; the embedded store without one. */
  store: values.store,
  /** How long a session is kept after its last use; the library says so if it is no duration. */
  ttl: values.ttl as Duration,
};
