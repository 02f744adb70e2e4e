import { dirname, resolve } from "node:path";
import { isPersistError } from "../../errors.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { gatewayOptions, gatewaySessions, loginOptions, resumeOption } from "../gateway-options.ts";
import {
  readHandover,
  report,
  serveHandedOver,
  writableStateDirectory,
} from "../handover/index.ts";
import { log } from "../log.ts";
import { stateDirectory } from "../session-options.ts";
import { failureOutcome } from "../failure-outcome.ts";

/** Streamlit's own options say where the app is served. */
const STREAMLITS: ReadonlySet<string> = new Set(["host", "port", "base-path", "open"]);

const settingOptions = Object.fromEntries(
  Object.entries(gatewayOptions).filter(([name]) => !STREAMLITS.has(name)),
);

/**
 * `persist-session serve-streamlit app.py`: the Python package starts it for
 * `streamlit run app.py`.
 */
export const serveStreamlit = defineCommand({
  usage: "serve-streamlit <app.py> [options]",
  description: `Opens the gateway on the sockets of a Streamlit that is running already. persist-session's Python package starts this
command, for: streamlit run app.py`,
  options: gatewayOptions,
  settings: {
    options: settingOptions,
    directory: ({ positionals }) => dirname(resolve(positionals[0] ?? "app.py")),
  },
  async run({ values }: Invocation<typeof gatewayOptions>) {
    const wanted = stateDirectory(values);
    const { path: stateDir, instead } = writableStateDirectory(wanted, process.env);
    if (instead !== undefined) {
      log(
        `the state directory ${wanted} cannot be written (${instead}), so state is kept in ${stateDir}. Choose another by PERSIST_SESSION_STATE_DIR.`,
      );
    }
    const handover = readHandover(process.env);
    const servesTls = handover.tls !== undefined;
    await serveHandedOver({
      handover,
      sessions: gatewaySessions({ ...values, "state-dir": stateDir }, undefined, servesTls),
      stateDir,
      resume: resumeOption(values),
      logins: loginOptions(values),
      log,
    });
    return 0;
  },
  failed(error) {
    const { line, code: exitCode } = failureOutcome(error);
    // Streamlit's process says it, once and with what becomes of the app.
    const code = isPersistError(error) ? { code: error.code } : {};
    if (!report(readHandover(process.env), { error: line, ...code })) log(line);
    return exitCode;
  },
});
