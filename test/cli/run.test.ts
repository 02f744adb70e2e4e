import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { useCommand } from "./running.ts";
import { runScript } from "./script-run.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
const { run } = useCommand();

/** Prints what the app sees. */
const telling = {
  "app.py": `
import json, os, sys
import streamlit as st
from persist_session.own_environment import own_variables
from streamlit import config
print("SEEN " + json.dumps({
    "argv": sys.argv[1:],
    "secret": own_variables().get("PERSIST_SESSION_SECRET"),
    "launch": own_variables().get("PERSIST_SESSION_LAUNCH"),
    "resume": own_variables().get("PERSIST_SESSION_RESUME"),
    "service": own_variables().get("PERSIST_SESSION_SERVICE"),
    "stdin": sys.stdin.read(),
    "cookieSecret": config.get_option("server.cookieSecret"),
    "maxUploadSize": config.get_option("server.maxUploadSize"),
    "textColor": config.get_option("theme.textColor"),
}), flush=True)
`,
};

async function seenBy(running: { url: string; output: () => string }): Promise<unknown> {
  const socket = await runScript(running.url);
  const seen = () => /SEEN (.*)/.exec(running.output())?.[1];
  await until("the script has told what it sees", () => seen() !== undefined);
  socket.close();
  return JSON.parse(seen() ?? "");
}

test("run prints one URL, which answers, and nothing of the internal one when Streamlit is up", async () => {
  const cwd = directory(telling);
  const running = await run([], { cwd });
  assert.match(running.url, /^http:\/\/localhost:\d+$/);
  assert.equal((await fetch(`${running.url}/_stcore/health`)).status, 200);
  assert.match(await (await fetch(running.url)).text(), /<title>Streamlit<\/title>/);
  assert.deepEqual(running.output().match(/http:|:\d{4,5}\b/g), [
    "http:",
    `:${new URL(running.url).port}`,
  ]);
  assert.ok(existsSync(join(cwd, ".persist-session/secret")));
});

test("run gives the app its configuration and arguments and not the secret when they come from everywhere", async () => {
  const cwd = directory({
    ...telling,
    ".streamlit/config.toml": `
[server]
port = 1
address = "192.0.2.1"
maxUploadSize = 7
cookieSecret = "of the app"
baseUrlPath = "inner/app"
sslCertFile = "none.pem"
sslKeyFile = "none.key"
[theme]
textColor = "#123456"
`,
  });
  const running = await run(
    [
      "--host",
      "127.0.0.1",
      "--resume-for",
      "2m",
      "--resume-max",
      "7",
      "--",
      "--theme.textColor",
      "#654321",
      "--",
      "one",
      "--two",
    ],
    { cwd, env: { PERSIST_SESSION_SECRET: "0123456789abcdefghijklmnopqrstuvwxyz" } },
  );
  assert.match(running.url, /^http:\/\/localhost:\d+\/inner\/app$/);
  assert.match(running.output(), /sslCertFile is not used/);
  assert.doesNotMatch(running.output(), /update to the \[server\]/);
  assert.equal((await fetch(`${running.url}/_stcore/health`)).status, 200);
  const { service, ...seen } = (await seenBy(running)) as Record<string, unknown>;
  assert.deepEqual(seen, {
    argv: ["one", "--two"],
    secret: null,
    launch: null,
    resume: '{"for":120,"max":7,"atLeast":false}',
    stdin: "",
    cookieSecret: "of the app",
    maxUploadSize: 7,
    textColor: "#654321",
  });
  assert.equal(service, `unix:${join(cwd, ".persist-session/service.sock")}`);
});

test("run takes port and address from config.toml, and the base path from the option, when it gives them", async () => {
  const cwd = directory({
    ...telling,
    "settings.toml": "",
    ".streamlit/config.toml": '[server]\nport = 0\naddress = "localhost"\nbaseUrlPath = "other"\n',
  });
  const running = await run(["--base-path", "/mine/", "--no-resume"], { cwd });
  assert.match(running.url, /^http:\/\/localhost:\d+\/mine$/);
  assert.equal((await fetch(`${running.url}/_stcore/health`)).status, 200);
  assert.equal(((await seenBy(running)) as { resume: unknown }).resume, null);
});

test("run serves two apps side by side when both are started in one directory", async () => {
  const cwd = directory(telling);
  const both = await Promise.all([run([], { cwd }), run([], { cwd })]);
  const services = new Set();
  for (const running of both) {
    assert.equal((await fetch(`${running.url}/_stcore/health`)).status, 200);
    services.add(((await seenBy(running)) as { service: string }).service);
  }
  assert.equal(services.size, 2);
});
