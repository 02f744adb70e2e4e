import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { PersistError } from "../../errors.ts";
import { type GatewayOptions, normalBasePath } from "../../gateway/index.ts";
import { type AppSecret, appSecret } from "./app-secret.ts";
import { Backend, type BackendOptions } from "./backend.ts";
import { checkPython } from "./check-python.ts";
import { mayConfigure } from "./configures.ts";
import { findPython } from "./find-python.ts";
import { type KeepOptions, keepVariables } from "./keep-options.ts";
import { tryPort } from "./listen.ts";
import { resumeGateway, type ResumeOptions, resumeVariable } from "./resume-options.ts";
import { StreamlitSupervisor } from "./supervisor.ts";

export interface RunOptions extends BackendOptions {
  /** The app's script: a file, a directory with `streamlit_app.py`, or a URL. */
  readonly script: string;
  /** Options of Streamlit, and after another `--` those of the script. */
  readonly args: readonly string[];
  readonly python?: string | undefined;
  /** Where to listen. Default: what Streamlit's configuration says, else 127.0.0.1 and 8501. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Default: what Streamlit's configuration says. */
  readonly basePath?: string | undefined;
  /**
   * The options for `createSessions` with the secret that the app's `st.secrets` hold; none if the
   * operator has given a secret.
   */
  readonly sessionsWith?: (secret: AppSecret) => BackendOptions["sessions"];
  readonly resume: false | ResumeOptions;
  readonly keep: false | KeepOptions;
  readonly logins?: Pick<GatewayOptions, "rotateOnLogin" | "loginCookies">;
  readonly frame?: GatewayOptions["frame"];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Cancels the start. Has no effect later. */
  readonly stopping: AbortSignal;
}

/** A running app. */
export interface RunningApp {
  readonly host: string;
  readonly port: number;
  readonly basePath: string;
  /** The running versions. */
  readonly streamlit: string;
  readonly python: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const PORT = 8501;

/**
 * Starts Streamlit with the app, and the gateway in front of it. Gives undefined if `stopping`
 * aborts meanwhile.
 *
 * @throws PersistError `ERR_SCRIPT_MISSING`, `ERR_PYTHON_MISSING`, `ERR_STREAMLIT_MISSING`,
 *   `ERR_STREAMLIT_START`, `ERR_PORT_TAKEN`, and what the store and the options throw
 */
export async function runStreamlit(options: RunOptions): Promise<RunningApp | undefined> {
  const { script, cwd, env, log, resume, stopping } = options;
  checkScript(script, cwd);
  const python = findPython({ python: options.python, script, cwd, env });
  await checkPython(python, env);
  await tryKnownPort(options);

  // The app is told the port before the gateway listens there, so it must be chosen early.
  const chosenPort = options.port === 0 ? await tryPort(options.host ?? HOST, 0) : options.port;
  const backend = await Backend.open({
    ...options,
    sessions: await sessionsOf(options, python.program),
  });
  const streamlit = new StreamlitSupervisor(
    {
      python: python.program,
      script,
      args: options.args,
      cwd,
      env: {
        ...appEnvironment(env),
        ...backend.environment,
        ...resumeVariable(resume),
        ...keepVariables(options.keep),
      },
      ...(options.basePath !== undefined && { basePath: normalBasePath(options.basePath) }),
      publicHost: options.host,
      publicPort: chosenPort,
    },
    log,
  );
  const close = async () => {
    // Streamlit ends first: what it still saves goes through the service.
    await streamlit.stop();
    await backend.close();
  };
  const stop = () => void streamlit.stop();
  stopping.addEventListener("abort", stop, { once: true });
  try {
    if (stopping.aborted) stop();
    const { report, basePath, instead } = await streamlit.start(async ({ address, port }) => {
      await tryPort(options.host ?? address ?? HOST, chosenPort ?? port ?? PORT);
    });
    if (report.https) {
      log(
        "server.sslCertFile is not used: put a server that speaks HTTPS in front, and name it by --trust-proxy.",
      );
    }
    if (instead !== undefined) log(`${instead} Its requests are passed on as they are.`);
    const host = options.host ?? report.address ?? HOST;
    const port = await backend.serve(
      {
        upstream: () => streamlit.upstream,
        streamlitStart: () => streamlit.startId,
        trustedUserHeaders: [...report.trustedUserHeaders],
        basePath,
        tellsPeer: true,
        ...(options.keep !== false && { keptTabs: () => backend.keptTabs }),
        ...resumeGateway(resume),
        ...options.logins,
        ...(options.frame !== undefined && { frame: options.frame }),
      },
      host,
      chosenPort ?? report.port ?? PORT,
    );
    return { host, port, basePath, streamlit: report.streamlit, python: report.python, close };
  } catch (error) {
    await close().catch(() => {});
    if (stopping.aborted) return undefined;
    throw error;
  } finally {
    stopping.removeEventListener("abort", stop);
  }
}

/** A secret in the app's `st.secrets` takes precedence over one in the environment. */
async function sessionsOf(
  options: RunOptions,
  python: string,
): Promise<BackendOptions["sessions"]> {
  const { sessions, sessionsWith } = options;
  const secret = sessionsWith === undefined ? undefined : await appSecret(python, options);
  return secret === undefined || sessionsWith === undefined ? sessions : sessionsWith(secret);
}

/** Fails early if the port is taken, provided that the port is known by now. */
async function tryKnownPort(options: RunOptions): Promise<void> {
  const host = options.host ?? (mayConfigure("address", options) ? undefined : HOST);
  const port = options.port ?? (mayConfigure("port", options) ? undefined : PORT);
  if (host !== undefined && port !== undefined) await tryPort(host, port);
}

function checkScript(script: string, cwd: string): void {
  // Streamlit fetches a URL by itself.
  if (/^https?:\/\//.test(script) || existsSync(resolve(cwd, script))) return;
  throw new PersistError(
    "ERR_SCRIPT_MISSING",
    `There is no file ${script} in ${cwd}. Give the path of the app's script: persist-session run app.py`,
  );
}

/**
 * The environment of an app: without the variables for the gateway, above all the secret.
 */
function appEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith("PERSIST_SESSION_"));
  return Object.fromEntries(others);
}
