import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { holdPort } from "../support/taken-port.ts";
import { until } from "../support/until.ts";
import { PlainStreamlit, useInstalled } from "./plain-streamlit.ts";

const APP = "test/streamlit/apps/persisted.py";
const { installed, start } = useInstalled();
const VERSION = execFileSync(installed.python, [
  "-c",
  "from importlib.metadata import version; print(version('streamlit'))",
])
  .toString()
  .split(".")
  .map(Number);
/** Up to 1.56 Tornado serves. */
const HAS_TORNADO = (VERSION[0] ?? 0) === 1 && (VERSION[1] ?? 0) <= 56;
let browser: Browser;
before(async () => {
  browser = await startChromium();
});
afterEach(
  async () => await Promise.all(browser.contexts().map(async (context) => await context.close())),
);
after(async () => await browser.close());

async function visit(url: string): Promise<StreamlitPage> {
  const options = { viewport: { width: 700, height: 700 }, ignoreHTTPSErrors: true };
  return await StreamlitPage.open(await browser.newContext(options), url);
}

/** The app counts, and keeps its count over a reload. */
async function assertKeeps(url: string): Promise<StreamlitPage> {
  const page = await visit(url);
  await page.clickUntil("count", "count", "1");
  await page.reload();
  await page.untilShown({ count: "1" });
  return page;
}

describe("streamlit run goes on as it was", () => {
  test("python -m streamlit run", async () => {
    const command = ({ python }: { python: string }) => [python, "-m", "streamlit"];
    const app = await start({ app: APP, command });
    await assertKeeps(`${app.origin}/`);
  });

  test("under a tracer, as debuggers start it", async () => {
    const code =
      "import runpy, sys; sys.settrace(lambda *_: None); sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)";
    const command = ({ python }: { python: string }) => [python, "-c", code, "streamlit"];
    const app = await start({ app: APP, command });
    await assertKeeps(`${app.origin}/`);
  });

  test("the port is searched, and the banner names the one that was found", async (t) => {
    await holdPort(t, 8501, "0.0.0.0");
    // Another program of this machine may have the next one, too.
    const child = await PlainStreamlit.begin(installed, { app: APP, searches: true });
    t.after(async () => await child.remove());
    await until("the banner is there", () => /URL: http:\/\/\S+:\d+/.test(child.printed));
    const port = /URL: http:\/\/\S+:(\d+)/.exec(child.printed)?.[1] ?? "";
    assert.notEqual(port, "8501");
    await assertKeeps(`http://127.0.0.1:${port}/`);
  });

  test("server.address, server.port and server.baseUrlPath of config.toml", async () => {
    const files = {
      "app.py": MINIMAL,
      ".streamlit/config.toml": '[server]\naddress = "127.0.0.1"\nbaseUrlPath = "below/here"\n',
    };
    const app = await start({
      app: files,
      origin: (port) => `http://127.0.0.1:${port}/below/here`,
    });
    const page = await assertKeeps(`${app.origin}/`);
    assert.match(app.printed, new RegExp(`URL: http://127.0.0.1:${app.port}/below/here`));
    const { address, port } = await page.shown();
    assert.deepEqual([address, port], ["127.0.0.1", String(app.port)]);
  });

  test("an app is run again when its file changes and server.runOnSave is set", async () => {
    const app = await start({ app: { "app.py": MINIMAL }, args: ["--server.runOnSave", "true"] });
    const page = await assertKeeps(`${app.origin}/`);
    app.write("app.py", `${MINIMAL}\nst.text("saved: yes")\n`);
    await page.untilShown({ saved: "yes", count: "1" });
  });

  test("the app sees the browser as the client, and no header of ours", async () => {
    const app = await start({ app: { "app.py": HEADERS } });
    const page = await visit(`${app.origin}/`);
    await until("the app has read them", async () => (await page.shown())["ip"] !== undefined);
    const { names, host, ip } = await page.shown();
    assert.doesNotMatch(names ?? "", /persist|forwarded/i);
    assert.equal(host, `127.0.0.1:${app.port}`);
    assert.ok(["None", "127.0.0.1"].includes(ip ?? ""), ip);
  });

  test("st.App, mounted below a path, by streamlit run", { skip: HAS_TORNADO }, async () => {
    const app = await start({
      app: { "app.py": MOUNTED, "page.py": MINIMAL },
      origin: (port) => `http://127.0.0.1:${port}/ui`,
    });
    await assertKeeps(`${app.origin}/`);
    const own = await fetch(`http://127.0.0.1:${app.port}/own`);
    assert.equal(await own.text(), "of the app");
  });

  test(
    "an ASGI app without st.App is served as it is, and one line says so",
    { skip: HAS_TORNADO },
    async () => {
      const app = await PlainStreamlit.begin(installed, {
        app: { "app.py": OTHER },
        env: { PERSIST_SESSION: "on" },
      });
      try {
        await until("the app answers", async () => {
          const answer = await fetch(`${app.origin}/own`).catch(() => undefined);
          return (await answer?.text()) === "of the app";
        });
        assert.deepEqual([app.told.length, app.gatewayPid], [1, undefined], app.told.join("\n"));
        assert.match(app.told[0] ?? "", /in which no st\.App is mounted/);
      } finally {
        await app.remove();
      }
    },
  );
});

describe("server.sslCertFile and server.sslKeyFile", () => {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-tls-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  before(() => {
    const made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1";
    execFileSync(
      process.env["OPENSSL_PATH"] ?? "openssl",
      [...made.split(" "), "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
      { stdio: "pipe" },
    );
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test("the gateway ends TLS with these files: the page is kept, and its cookie is Secure", async () => {
    const app = await PlainStreamlit.begin(installed, {
      app: APP,
      args: ["--server.sslCertFile", cert, "--server.sslKeyFile", key],
      origin: (port) => `https://127.0.0.1:${port}`,
      // It needs HTTPS, and no proxy in front has to be named for it here.
      env: { PERSIST_SESSION_SAME_SITE: "none" },
    });
    try {
      await until("it answers", async () => (await statusOverTls(app.port)) === 200);
      const page = await assertKeeps(`${app.origin}/`);
      const cookies = await page.page.context().cookies();
      const [ours] = cookies.filter(({ name }) => name.includes("persist-session"));
      assert.match(ours?.name ?? "", /^__Host-/);
      assert.deepEqual([ours?.secure, ours?.sameSite], [true, "None"]);
      assert.match(app.printed, new RegExp(`URL: https://\\S+:${app.port}`));
      assert.ok(app.gatewayPid);
    } finally {
      await app.remove();
    }
  });
});

async function statusOverTls(port: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, path: "/_stcore/health", rejectUnauthorized: false };
    httpsRequest(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", () => resolve(undefined))
      .end();
  });
}

test("a Unix socket is handed over, too, in versions that can listen there; others say what they say without us", async () => {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-unix-"));
  const path = join(directory, "app.sock");
  const options = { app: APP, args: ["--server.address", `unix://${path}`] };
  try {
    if (!HAS_TORNADO) {
      const { printed, code } = await PlainStreamlit.fail(installed, options);
      const plain = await PlainStreamlit.fail(installed, {
        ...options,
        env: { PERSIST_SESSION: "off" },
      });
      assert.match(printed, /Unix sockets are not supported/);
      assert.equal(code, plain.code);
      return;
    }
    const app = await PlainStreamlit.begin(installed, options);
    try {
      await until("it answers", async () => (await overUnix(path))?.status === 200);
      assert.ok(statSync(path).isSocket());
      assert.match((await overUnix(path))?.cookie ?? "", /persist-session/);
      assert.ok(app.gatewayPid);
    } finally {
      await app.remove();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

async function overUnix(
  socketPath: string,
): Promise<{ status?: number; cookie: string } | undefined> {
  return await new Promise((resolve) => {
    httpRequest({ socketPath, path: "/", headers: { host: "localhost" } }, (answer) => {
      answer.resume();
      const cookie = String(answer.headers["set-cookie"]);
      resolve({ ...(answer.statusCode !== undefined && { status: answer.statusCode }), cookie });
    })
      .on("error", () => resolve(undefined))
      .end();
  });
}

const MINIMAL = `
import streamlit as st
from persist_session import persist

@persist("counter")
class Counter:
    def __init__(self):
        self.count = 0

state = Counter()
if st.button("count"):
    state.count += 1
st.text(f"count: {state.count}")
st.text(f"address: {st.get_option('server.address')}")
st.text(f"port: {st.get_option('server.port')}")
`;

const HEADERS = `
import streamlit as st
import persist_session

st.text(f"names: {sorted(st.context.headers)}")
st.text(f"host: {st.context.headers['Host']}")
st.text(f"ip: {st.context.ip_address}")
`;

const MOUNTED = `
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
import streamlit.starlette

ui = streamlit.starlette.App("page.py")
app = Starlette(
    routes=[Route("/own", lambda request: PlainTextResponse("of the app")), Mount("/ui", app=ui)],
    lifespan=ui.lifespan(),
)
`;

const OTHER = `
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

app = Starlette(routes=[Route("/own", lambda request: PlainTextResponse("of the app"))])
`;
