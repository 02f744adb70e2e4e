import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { appSecret } from "../../src/cli/run/app-secret.ts";
import { stretchPassphrase } from "../../src/identity/index.ts";
import { testPython } from "../streamlit/test-python.ts";
import { persistSession } from "./command.ts";
import { useCommand } from "./running.ts";
import { useWorkDirectories } from "./work-directory.ts";

const TOML = ".streamlit/secrets.toml";
const APP = { "app.py": 'import streamlit as st\nst.text("up")\n' };
const ONE = "the first passphrase of this app";
const TWO = "another passphrase of this app";

const directory = useWorkDirectories();
const { run, start } = useCommand();

/** What an app with these files has in its `st.secrets`. */
async function found(
  files: Record<string, string>,
  { args = [], env = {} }: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
) {
  const cwd = directory({ ...APP, ...files });
  const places = { script: "app.py", args, cwd, env: { ...process.env, HOME: cwd, ...env } };
  return await appSecret(testPython(), places);
}

/** The base name of the cookie that a first visit gets. */
async function cookieName(url: string): Promise<string | undefined> {
  const answer = await fetch(url, { headers: { accept: "text/html" } });
  return answer.headers.getSetCookie().map((cookie) => cookie.split("=")[0])[0];
}

const nameFor = (text: string) => `persist-session-${stretchPassphrase(text, "it").id}`;

describe("appSecret()", () => {
  test("finds the secret under both names, the longer first, at the top level alone", async () => {
    const both = `persist_secret_key = "${TWO}"\nSTREAMLIT_PERSIST_SECRET_KEY = '''${ONE}'''\n`;
    assert.deepEqual(await found({ [TOML]: both }), {
      text: ONE,
      origin: 'st.secrets["STREAMLIT_PERSIST_SECRET_KEY"]',
    });
    assert.deepEqual(await found({ [TOML]: `persist_secret_key = "${TWO}"\n` }), {
      text: TWO,
      origin: 'st.secrets["persist_secret_key"]',
    });
    assert.equal(await found({ [TOML]: `[mine]\npersist_secret_key = "${TWO}"\n` }), undefined);
    assert.equal(await found({ [TOML]: `# persist_secret_key = "${TWO}"\n` }), undefined);
  });

  test("finds it in files that Streamlit's own option names", async () => {
    const files = { "elsewhere.toml": `persist_secret_key = "${ONE}"\n` };
    const args = ["--secrets.files", "elsewhere.toml"];
    assert.equal((await found(files, { args }))?.text, ONE);
    const config = { ".streamlit/config.toml": '[secrets]\nfiles = ["elsewhere.toml"]\n' };
    assert.equal((await found({ ...files, ...config }))?.text, ONE);
  });

  test("asks no Python if no file can hold one", async () => {
    const cwd = directory({ ...APP, [TOML]: 'password = "x"\n' });
    const places = { script: "app.py", args: [], cwd, env: { HOME: cwd } };
    assert.equal(await appSecret("/no/such/python", places), undefined);
  });

  test("refuses a file that names a secret and does not parse, and a secret that is no text", async () => {
    const broken = found({ [TOML]: `persist_secret_key = "${ONE}\n` });
    await assert.rejects(broken, {
      code: "ERR_SECRET_FILE",
      message: /secrets\.toml names a secret/,
    });
    const number = found({ [TOML]: "persist_secret_key = 7\n" });
    await assert.rejects(number, { code: "ERR_OPTION_INVALID", message: /must be a text/ });
    // A file that does not parse and has nothing to do with us is the app's business.
    const config = { ".streamlit/config.toml": '[secrets]\nfiles = ["x.toml"]\n' };
    assert.equal(await found({ ...config, "x.toml": "?" }), undefined);
  });
});

describe("run", () => {
  test("takes the secret of st.secrets before that of the environment, and after that of the operator", async () => {
    const cwd = directory({ ...APP, [TOML]: `persist_secret_key = "${ONE}"\n` });
    const variable = { STREAMLIT_PERSIST_SECRET_KEY: TWO };
    const app = await run([], { cwd, env: variable });
    assert.equal(await cookieName(app.url), nameFor(ONE));
    app.kill("SIGTERM");
    await app.ended;
    const own = await run([], {
      cwd,
      env: { ...variable, PERSIST_SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
    });
    assert.equal(await cookieName(own.url), "persist-session");
  });

  test("refuses a weak secret in one line, and starts nothing", async () => {
    for (const [env, files, origin] of [
      [{ STREAMLIT_PERSIST_SECRET_KEY: "hunter2" }, {}, "STREAMLIT_PERSIST_SECRET_KEY is easy"],
      [{ STREAMLIT_PERSIST_SECRET_KEY: "" }, {}, "STREAMLIT_PERSIST_SECRET_KEY is easy"],
      [
        {},
        { [TOML]: 'persist_secret_key = "hunter2"\n' },
        'st.secrets["persist_secret_key"] is easy',
      ],
    ] as const) {
      const cwd = directory({ ...APP, ...files });
      const args = ["run", "app.py", "--port", "0", "--python", testPython()];
      const { code, stdout, stderr } = await persistSession(args, { cwd, env });
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(stderr, /^persist-session: [^\n]+\n$/);
      assert.ok(stderr.includes(origin) && !stderr.includes("hunter2"), stderr);
    }
  });
});

describe("proxy", () => {
  test("takes the secret of the environment", async () => {
    const cwd = directory();
    const args = ["proxy", "--upstream", "http://127.0.0.1:9", "--port", "0"];
    const proxy = await start(args, { cwd, env: { STREAMLIT_PERSIST_SECRET_KEY: ONE } });
    // Which secret it was is shown by the file that is made if there is none.
    assert.ok(!readdirSync(`${cwd}/.persist-session`).includes("secret"));
    proxy.kill("SIGTERM");
    await proxy.ended;
  });
});
