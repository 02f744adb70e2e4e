import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { openBrowser, runStreamlit } from "../run/index.ts";
import { keptLine } from "../banner.ts";
import { defineCommand, type Invocation } from "../command.ts";
import {
  basePathOption,
  frameOptions,
  gatewaySessions,
  loginOptions,
  portOption,
  resumeOption,
} from "../gateway-options.ts";
import { keepOption } from "../keep-options.ts";
import { log } from "../log.ts";
import { pageUrl } from "../page-url.ts";
import { runOptions } from "../served-options.ts";
import { isSecretGiven, stateDirectory } from "../session-options.ts";
import { namedStore } from "../store-url.ts";
import { exitCode, untilSignal } from "../until-signal.ts";
import { UsageError } from "../usage-error.ts";

/** `persist-session run app.py`. */
export const run = defineCommand({
  usage: "run <app.py> [options] [-- streamlit options] [-- arguments of the script]",
  description: `Runs a Streamlit app behind the gateway: st.session_state and the widgets survive a reload, and the classes marked
with @persist also restarts and deploys. With --keep, st.session_state and the widgets survive those too.
The app needs no change, and its .streamlit/config.toml keeps working:
server.port, server.address and server.baseUrlPath there are those of the gateway, unless options say otherwise.`,
  options: runOptions,
  settings: { options: runOptions, directory: appDirectory },
  examples: [
    "persist-session run app.py",
    "persist-session run app.py --keep",
    "persist-session run app.py --host 0.0.0.0 --port 80 --trust-proxy 10.0.0.0/8",
    "persist-session run app.py -- --theme.base dark -- --argument-of-the-script",
  ],
  async run(invocation: Invocation<typeof runOptions>) {
    const { values } = invocation;
    const { script, args } = whatToRun(invocation);
    // From now on a signal ends everything that has been started.
    const stopping = new AbortController();
    const resume = resumeOption(values);
    const logins = loginOptions(values);
    const keep = keepOption(values, resume !== false, logins.loginCookies ?? []);
    const stateDir = stateDirectory(values);
    const sessions = gatewaySessions(values);
    const kept = keptLine({
      store: namedStore("store", values.store),
      stateDir,
      ttl: values.ttl,
      resume,
      keep: keep !== false,
    });
    const signalled = untilSignal().finally(() => stopping.abort());
    const app = await runStreamlit({
      script,
      args,
      python: values.python,
      host: values.host,
      port: portOption(values.port),
      basePath: basePathOption(values["base-path"]),
      sessions,
      ...(!isSecretGiven(values) && {
        sessionsWith: (passphrase) => gatewaySessions(values, passphrase),
      }),
      stateDir,
      resume,
      keep,
      logins,
      frame: frameOptions(values),
      cwd: process.cwd(),
      env: process.env,
      log,
      stopping: stopping.signal,
    });
    if (app === undefined) return exitCode(await signalled);
    const url = pageUrl(app.host, app.port, app.basePath);
    process.stdout.write(
      `\n  Streamlit ${app.streamlit}, Python ${app.python}: ${url}\n  ${kept}\n\n`,
    );
    if (values.open === true) openBrowser(url);
    const signal = await signalled;
    await app.close();
    return exitCode(signal);
  },
});

/** The directory that the app's script is in. Streamlit fetches a URL by itself. */
function appDirectory(invocation: Invocation): string | undefined {
  const { script } = whatToRun(invocation);
  if (/^https?:\/\//.test(script)) return undefined;
  const path = resolve(script);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path);
}

function whatToRun({ positionals, rest = [] }: Invocation): { script: string; args: string[] } {
  const [script, ...more] = positionals;
  if (more.length > 0) {
    throw new UsageError(
      `"${more.join(" ")}" is one argument too many. Options of Streamlit go after two dashes, those of the script after two more.`,
    );
  }
  if (script !== undefined) return { script, args: [...rest] };
  const [first, ...others] = rest;
  if (first !== undefined && !first.startsWith("-")) return { script: first, args: others };
  throw new UsageError("Which app? Give its script: persist-session run app.py");
}
