// npm start [-- --port 8080] [--streamlit-port 8502] [--state-dir ./dir] [--ttl 30d] Runs both
// examples on one state directory: what is done in one shows in the other, in the same browser. npm
// start -- --example next|sveltekit [--port 8080] [--state-dir ./dir] Runs that one, alone.
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { runCommand } from "./setup/command.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { freePort } from "./setup/free-port.js";
import { prepareStreamlit } from "./setup/streamlit.js";
import { exampleNames, runExample } from "./setup/web-example.js";

const HOST = "127.0.0.1";
/** What asks a running example to end. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const { values: options } = parseArgs({
  options: {
    port: { type: "string" },
    "streamlit-port": { type: "string" },
    "state-dir": { type: "string", default: ".persist-session" },
    ttl: { type: "string" },
    example: { type: "string" },
  },
});
if (options.example !== undefined) process.exit(await startOne(options.example));

// One secret and one store, so that both know a browser by the same cookie. Cookies ignore ports.
const shared = ["--state-dir", options["state-dir"], "--ttl", options.ttl ?? "30d"];
/** The first of the two that ends by itself takes the other along. */
const stop = new AbortController();
let interrupted = false;

ensureDependencies();
const { python, problem } = prepareStreamlit();
// Only now: a signal during an installation ends this program at once.
for (const name of SIGNALS) {
  // The child has that signal too; a second one could cut its orderly end short.
  process.on(name, () => {
    interrupted = true;
  });
}
/** @type {(url: string) => void} */
let opened;
const url = new Promise((/** @type {(url: string | undefined) => void} */ resolve) => {
  opened = resolve;
});
const express = startExpress();
const address = await Promise.race([url, express.then(() => undefined)]);
const running = [express];
if (address !== undefined && python !== undefined) running.push(startStreamlit(python, address));
else if (address !== undefined) console.log(`\nOnly the Express example runs. ${problem}`);

const codes = await Promise.all(running);
// A program that a signal has ended, as asked, gives 128 and the signal's number.
process.exitCode = codes.find((code) => code !== 0 && !(interrupted && code > 128)) ?? 0;

/**
 * @param {string} name
 * @returns {Promise<number>} the exit code
 */
async function startOne(name) {
  if (!exampleNames.includes(name)) {
    const all = exampleNames.join(", ");
    console.error(`There is no example "${name}" to start alone. There are: ${all}.`);
    return 1;
  }
  const stray = /** @type {const} */ (["ttl", "streamlit-port"]).find((it) => options[it]);
  if (stray !== undefined) {
    console.error(`--${stray} does not go with --example, only --port and --state-dir do.`);
    return 1;
  }
  ensureDependencies();
  let asked = false;
  const begins = () => {
    for (const signal of SIGNALS)
      process.on(signal, () => {
        asked = true;
      });
  };
  try {
    const { port = process.env["PORT"], "state-dir": stateDir } = options;
    const code = await runExample(name, { port, stateDir, begins });
    return asked && code > 128 ? 0 : code;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

function startExpress() {
  const port = options.port === undefined ? [] : ["--port", options.port];
  return run(["examples/express/server.ts", ...port, ...shared], {
    onLine: (line) => {
      console.log(line);
      const found = /Open (http:\S+)/.exec(line)?.[1];
      if (found !== undefined) opened(found);
    },
  });
}

/**
 * @param {string} python
 * @param {string} expressUrl
 */
async function startStreamlit(python, expressUrl) {
  const wanted = options["streamlit-port"];
  // Settled here, also where any free one will do: what is asked below has to know it.
  const port =
    wanted === undefined || wanted === "0"
      ? String(await freePort(wanted === "0" ? 0 : 8501, HOST))
      : wanted;
  const where = ["--host", HOST, "--port", port, "--python", python];
  const ended = run(["src/cli/main.ts", "run", "examples/streamlit/app.py", ...where, ...shared], {
    env: { ...process.env, EXPRESS_EXAMPLE: expressUrl },
    // Its own URL says localhost, which for a browser is another place than 127.0.0.1, with other
    // cookies.
    onLine: (line) => {
      if (!/^ +(?:Streamlit .*http:|Kept)/.test(line)) console.log(line);
    },
  });
  if (await isHealthy(`http://${HOST}:${port}`, ended)) {
    console.log(`\nThe same state in two apps, one browser (Ctrl-C stops both):`);
    console.log(`  Express    ${expressUrl}\n  Streamlit  http://${HOST}:${port}\n`);
  }
  return await ended;
}

/**
 * Waits until Streamlit answers.
 *
 * @param {string} origin
 * @param {Promise<number>} ended
 * @returns {Promise<boolean>} false if it ended before
 */
async function isHealthy(origin, ended) {
  const over = ended.then(() => "over");
  for (;;) {
    const found = await Promise.race([over, ask(`${origin}/_stcore/health`)]);
    if (found !== "not yet") return found === "healthy";
    await Promise.race([over, delay(100)]);
  }
}

/** @param {string} url */
async function ask(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return answer?.ok === true ? "healthy" : "not yet";
}

/**
 * @param {string[]} args a TypeScript program of the project and its arguments
 * @param {import("./setup/command.js").CommandOptions} how
 */
async function run(args, how) {
  const command = ["--import", "tsx", ...args];
  const code = await runCommand(process.execPath, command, { ...how, signal: stop.signal });
  if (!interrupted) stop.abort();
  return code;
}
