import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { useCommand } from "../cli/running.ts";
import { runScript } from "../cli/script-run.ts";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { freePort } from "../support/free-port.ts";
import { useDirect } from "./direct.ts";
import { testPython } from "./test-python.ts";

const directory = useWorkDirectories();
const { run } = useCommand();
const direct = useDirect();

const OPTIONS = [
  "server.port",
  "server.address",
  "server.baseUrlPath",
  "server.enableCORS",
  "server.enableXsrfProtection",
  "server.corsAllowedOrigins",
  "browser.serverPort",
  "browser.serverAddress",
];

/** Tells all that an app can see of its starter and of its client. */
const APP = `
import json, multiprocessing, os, subprocess, sys
import streamlit as st
from streamlit import config
from streamlit.web import server as web

try:
    from streamlit.auth_util import get_redirect_uri
except ImportError:
    # Elsewhere in older versions.
    get_redirect_uri = lambda section: section["redirect_uri"].replace("{port}", str(st.get_option("server.port")))


def option(name):
    try:
        return st.get_option(name)
    except RuntimeError:
        return "unknown to this Streamlit"


def child(queue):
    queue.put(sorted(name for name in os.environ if "PERSIST" in name))


def spawned():
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    answer = queue.get(timeout=120)
    process.join()
    return answer


if __name__ == "__main__":
    inherited = "import json, os; print(json.dumps(sorted(os.environ.items())))"
    print("SEEN " + json.dumps({
        "options": {name: option(name) for name in ${JSON.stringify(OPTIONS)}},
        "set": {name: config.is_manually_set(name) for name in ("server.address", "server.baseUrlPath", "browser.serverAddress")},
        "redirect": get_redirect_uri({"redirect_uri": "http://localhost:{port}/oauth2callback"}),
        "url": web.server_util.get_url("app.example"),
        "headers": sorted((name.lower(), value) for name, value in st.context.headers.items()),
        "cookies": sorted(st.context.cookies.to_dict().items()),
        "ip": getattr(st.context, "ip_address", None),
        "environment": sorted(os.environ.items()),
        "inherited": json.loads(subprocess.run([sys.executable, "-c", inherited], capture_output=True, text=True).stdout),
        "spawned": spawned(),
        "argv": sys.argv,
    }), flush=True)
`;

/**
 * Said anew for each socket; to Tornado, which hears only the headers that it acts upon, the
 * compression too.
 */
const ANEW = ["sec-websocket-key", ...(hasTornado() ? ["sec-websocket-extensions"] : [])];

function hasTornado(): boolean {
  return spawnSync(testPython(), ["-c", "import tornado"]).status === 0;
}

interface Seen {
  readonly options: Record<string, unknown>;
  readonly environment: [string, string][];
  readonly inherited: [string, string][];
  readonly headers: [string, string][];
  readonly url: string;
  readonly redirect: string;
  readonly ip: string | null;
}

async function seenAt(running: { url: string; output: () => string }): Promise<Seen> {
  const socket = await runScript(running.url);
  const seen = () => /SEEN (.*)/.exec(running.output())?.[1];
  await until("the script has told what it sees", () => seen() !== undefined);
  socket.close();
  return JSON.parse(seen() ?? "") as Seen;
}

/** Without what differs between any two starts and any two sockets. */
function comparable(seen: Seen, url: string): unknown {
  const { port } = new URL(url);
  const text = JSON.stringify({
    ...seen,
    headers: seen.headers.filter(([name]) => !ANEW.includes(name)),
    // Streamlit alone listens on IPv6 with IPv4 in it, and does not know this spelling of
    // localhost.
    ip: seen.ip === "::ffff:127.0.0.1" ? null : seen.ip,
  });
  return JSON.parse(text.replaceAll(port, "11111"));
}

const CONFIGURED = `
[server]
address = "0.0.0.0"
baseUrlPath = "inner/app"
corsAllowedOrigins = ["https://other.example"]
[browser]
serverAddress = "app.example"
`;

describe("an app behind the gateway sees what it sees with Streamlit alone", () => {
  for (const [what, files, path] of [
    ["with nothing configured", {}, ""],
    ["with a config.toml", { ".streamlit/config.toml": CONFIGURED }, "/inner/app"],
  ] as const)
    test(`its options, headers, address and environment, ${what}`, async () => {
      const cwd = directory({ "app.py": APP, ...files });
      const env = {
        PYTHONPATH: "/of/the/app",
        PERSIST_SESSION_SECRET: "0123456789abcdefghijklmnopqrstuvwxyz",
      };
      const own = { ...env, PERSIST_SESSION_SECRET: undefined };
      const port = await freePort();
      const alone = await direct(["app.py"], { cwd, env: own, health: `${path}/_stcore/health` });
      const behind = await run(["--port", String(port)], { cwd, env });
      assert.equal(
        behind.url,
        `http://${path === "" ? "localhost" : new URL(behind.url).hostname}:${port}${path}`,
      );
      const seenAlone = await seenAt({ ...alone, url: `${alone.url}${path}` });
      const url = `http://localhost:${port}${path}`;
      const seenBehind = await seenAt({ ...behind, url });
      assert.equal(seenBehind.options["server.port"], port);
      assert.equal(seenBehind.options["browser.serverPort"], port);
      assert.deepEqual(comparable(seenBehind, url), comparable(seenAlone, alone.url));
    });

  test("options name the address that the command line chose", async () => {
    const cwd = directory({
      "app.py": APP,
      ".streamlit/config.toml": '[server]\nport = 1\naddress = "192.0.2.1"\n',
    });
    const running = await run(["--host", "127.0.0.1", "--base-path", "mine"], { cwd });
    const { port } = new URL(running.url);
    const { options, url, redirect } = await seenAt(running);
    assert.equal(options["server.port"], Number(port));
    assert.equal(options["browser.serverPort"], Number(port));
    assert.equal(options["server.address"], "127.0.0.1");
    assert.equal(options["server.baseUrlPath"], "/mine");
    assert.equal(url, `http://app.example:${port}/mine`);
    assert.equal(redirect, `http://localhost:${port}/oauth2callback`);
  });

  test("a port that config.toml leaves to the system is one port to the app and to browsers", async () => {
    const cwd = directory({ "app.py": APP, ".streamlit/config.toml": "[server]\nport = 0\n" });
    const running = await run([], { cwd, withoutPort: true });
    const { options } = await seenAt(running);
    assert.equal(options["server.port"], Number(new URL(running.url).port));
  });

  test("only what a trusted proxy sent of the browser, and the browser's address", async () => {
    const cwd = directory({ "app.py": APP });
    const running = await run(["--trust-proxy", "loopback"], { cwd });
    const sent = {
      "X-Forwarded-For": "198.51.100.9, 203.0.113.7",
      "X-Forwarded-Proto": "https",
      "X-Real-IP": "203.0.113.7",
    };
    const socket = await runScript(running.url, { ...sent, "X-Persist-Session-Peer": "forged" });
    const told = () => /SEEN (.*)/.exec(running.output())?.[1];
    await until("the script has told what it sees", () => told() !== undefined);
    socket.close();
    const { headers, ip } = JSON.parse(told() ?? "") as Seen;
    const forwarded = headers.filter(([name]) => /^(?:x-|forwarded)/.test(name));
    const expected = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]);
    assert.deepEqual(Object.fromEntries(forwarded), Object.fromEntries(expected));
    assert.equal(ip, "203.0.113.7");
  });
});
