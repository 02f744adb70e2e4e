import { Backend, openBrowser, resumeGateway, resumeVariable } from "../run/index.ts";
import { normalBasePath, type UpstreamAddress } from "../../gateway/index.ts";
import { keptLine } from "../banner.ts";
import { defineCommand, type Invocation } from "../command.ts";
import {
  frameOptions,
  gatewaySessions,
  listOption,
  loginOptions,
  portOption,
  resumeOption,
} from "../gateway-options.ts";
import { log } from "../log.ts";
import { pageUrl } from "../page-url.ts";
import { proxyOptions } from "../served-options.ts";
import { stateDirectory } from "../session-options.ts";
import { namedStore } from "../store-url.ts";
import { exitCode, untilSignal } from "../until-signal.ts";
import { UsageError } from "../usage-error.ts";

/** `persist-session proxy --upstream URL`. */
export const proxy = defineCommand({
  usage: "proxy --upstream URL [options]",
  description: `Opens the gateway for a Streamlit that another program starts. As it is, st.session_state is resumed after a reload.
With the Python package persist-session installed there, and started with the variables that this command prints,
widgets are resumed too, and the classes marked with @persist are kept.`,
  options: proxyOptions,
  settings: { options: proxyOptions },
  examples: [
    "persist-session proxy --upstream http://127.0.0.1:8502",
    "persist-session proxy --upstream http://127.0.0.1:8502/app --state-dir /var/lib/app --port 80",
  ],
  async run({ values, positionals, rest }: Invocation<typeof proxyOptions>) {
    if (positionals.length > 0 || rest !== undefined)
      throw new UsageError("proxy takes only options: it starts no app.");
    const { upstream, basePath } = parseUpstream(values.upstream);
    if (values["base-path"] !== undefined && normalBasePath(values["base-path"]) !== basePath)
      throw new UsageError(`--base-path must be the path of --upstream, which is "${basePath}".`);
    const host = values.host ?? "127.0.0.1";
    const port = portOption(values.port) ?? 8501;
    const resume = resumeOption(values);
    const logins = loginOptions(values);
    const stateDir = stateDirectory(values);
    const kept = keptLine({
      store: namedStore("store", values.store),
      stateDir,
      ttl: values.ttl,
      resume,
    });
    const frame = frameOptions(values);
    const signalled = untilSignal();
    const backend = await Backend.open({
      sessions: gatewaySessions(values),
      stateDir,
      log,
    });
    try {
      const served = await backend.serve(
        {
          upstream: () => upstream,
          basePath,
          ...resumeGateway(resume),
          ...logins,
          frame,
          trustedUserHeaders: listOption(values["user-headers"]),
          // Whether Python keeps session state is up to the one who starts it.
          keptTabs: () => backend.keptTabs || undefined,
        },
        host,
        port,
      );
      if (backend.unusualService !== undefined) {
        log(
          `The state service is not at its usual address, since ${backend.unusualService}. A Streamlit that was started with another PERSIST_SESSION_SERVICE has to be started again, with the one below.`,
        );
      }
      const url = pageUrl(host, served, basePath);
      const variables = { ...backend.environment, ...resumeVariable(resume) };
      process.stdout.write(
        `\n  ${url}\n  ${kept}\n\n  For the Streamlit at ${upstream.host}:${upstream.port}:\n${lines(variables)}\n`,
      );
      if (values.open === true) openBrowser(url);
      return exitCode(await signalled);
    } finally {
      await backend.close();
    }
  },
});

function parseUpstream(text: string | undefined): { upstream: UpstreamAddress; basePath: string } {
  if (text === undefined)
    throw new UsageError("Which Streamlit? persist-session proxy --upstream http://127.0.0.1:8502");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError(
      "--upstream takes a URL such as http://127.0.0.1:8502, without a user, a query and HTTPS.",
    );
  }
  return {
    // Node's connect wants an IPv6 address without its brackets.
    upstream: {
      host: url.hostname.replaceAll(/^\[|\]$/g, ""),
      port: Number(url.port === "" ? 80 : url.port),
    },
    basePath: normalBasePath(url.pathname),
  };
}

function lines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `    ${name}='${value}'\n`)
    .join("");
}
