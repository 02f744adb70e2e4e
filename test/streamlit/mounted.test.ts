import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { request, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { useCommand, type Running } from "../cli/running.ts";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { root } from "../project/imports.ts";
import { replyOf } from "../gateway/proxy-fixture.ts";
import { type Direct, useDirect } from "./direct.ts";
import { until } from "../support/until.ts";
import { testPython } from "./test-python.ts";

const hasApp =
  spawnSync(testPython(), ["-c", "import streamlit; assert hasattr(streamlit, 'App')"]).status ===
  0;
const APP = join(root, "test/streamlit/apps/mounted");
const directory = useWorkDirectories();
const { start } = useCommand();
const direct = useDirect();

const runMain = async (cwd: string): Promise<Running> =>
  await start(
    [
      "run",
      "main.py",
      "--port",
      "0",
      "--python",
      testPython(),
      "--state-dir",
      join(directory(), "state"),
    ],
    { cwd },
  );

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request, with just these headers. */
async function ask(url: string, method: string, headers: Record<string, string>): Promise<Answer> {
  const asked = request(url, { method, headers, agent: false }).end();
  const reply = await replyOf((await once(asked, "response"))[0]);
  return { status: reply.status, headers: reply.headers, body: reply.body.toString("latin1") };
}

/** Of one connection, or of the moment. */
const OF_A_CONNECTION = ["date", "connection", "keep-alive"];

describe(
  "st.App below a path of another app",
  { skip: !hasApp && "this Streamlit has no st.App" },
  () => {
    let behind: Running | undefined;
    let alone: Direct | undefined;
    let browser: Browser | undefined;
    before(async () => {
      [behind, alone, browser] = await Promise.all([
        runMain(APP),
        direct(["main.py", "--server.address=127.0.0.1"], {
          cwd: APP,
          health: "/inner/dash/_stcore/health",
        }),
        startChromium(),
      ]);
    });
    after(async () => await browser?.close());

    test("is found, and its address is the one that is printed", () => {
      assert.match(behind?.url ?? "", /^http:\/\/localhost:\d+\/inner\/dash$/);
    });

    test("keeps session and widgets over a reload, with a cookie for all of the site", async () => {
      const context = await browser!.newContext();
      const page = await context.newPage();
      await page.goto(`${behind!.url}/`);
      await page.getByRole("button", { name: "plus" }).click();
      await page.getByText("n=1 name=").waitFor();
      await page.getByLabel("name").fill("ada");
      await page.getByLabel("name").press("Enter");
      await page.getByText("n=1 name=ada").waitFor();
      await page.reload();
      await page.getByText("n=1 name=ada").waitFor();
      // Streamlit's page gives an input its value a moment after it is there.
      const name = page.getByLabel("name");
      await until("the input has its value", async () => (await name.inputValue()) === "ada");
      const cookies = await context.cookies();
      const own = cookies.filter(({ name }) => name.startsWith("persist-session"));
      assert.deepEqual(
        own.map(({ path }) => path),
        ["/"],
      );
      await context.close();
    });

    const answers: [string, Record<string, string>?, string?][] = [
      ["/"],
      ["/report"],
      ["/report", { "if-none-match": '"v1"' }],
      ["/report", { "accept-encoding": "gzip, br", range: "bytes=0-3" }],
      ["/report", {}, "HEAD"],
      ["/fragment"],
      ["/fragment", { "accept-encoding": "gzip" }, "POST"],
      ["/export", { accept: "text/html", "accept-encoding": "gzip" }],
      ["/gone"],
      ["/none"],
      ["/inner/dash/report", { "if-none-match": '"v1"' }],
      ["/inner/dash/report", { "accept-encoding": "gzip", "sec-purpose": "prefetch;prerender" }],
      ["/inner/dash/fragment"],
      ["/inner/dash/export"],
      ["/inner/dash/gone"],
      ["/inner/dash/seen"],
      ["/inner/dash/seen", { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" }],
      ["/inner/dash"],
      ["/inner/dash/static/none.js"],
      ["/inner/dash/_stcore/health", {}, "HEAD"],
      ["/inner/dash/two/_stcore/health"],
    ];
    for (const [path, headers = {}, method = "GET"] of answers)
      test(`answers ${method} ${path} ${JSON.stringify(headers)} as without the gateway`, async () => {
        const site = (url: string): string => new URL(url).origin;
        const told = async (url: string): Promise<unknown> => {
          const answer = await ask(`${site(url)}${path}`, method, headers);
          const kept = Object.entries(answer.headers).filter(
            ([name, value]) =>
              !OF_A_CONNECTION.includes(name) &&
              !(name === "set-cookie" && /_xsrf/.test(String(value))),
          );
          const text = JSON.stringify({ ...answer, headers: Object.fromEntries(kept) });
          return JSON.parse(text.replaceAll(new URL(url).port, "11111"));
        };
        const own = await told(alone!.url);
        // What a client says about itself without being a trusted proxy does not reach the app:
        // docs/streamlit.md.
        if (headers["x-forwarded-for"] !== undefined) {
          const { body } = (await told(behind!.url)) as Answer;
          assert.doesNotMatch(body, /x-forwarded|203\.0\.113\.9/);
        } else assert.deepEqual(await told(behind!.url), own);
      });
  },
);

describe("an app without st.App", { skip: !hasApp && "this Streamlit has no st.App" }, () => {
  test("is served as it is, and named in the log", async () => {
    const cwd = directory({
      "main.py": [
        "from starlette.applications import Starlette",
        "from starlette.responses import PlainTextResponse",
        "from starlette.routing import Route",
        "async def home(request):",
        "    return PlainTextResponse('home')",
        "app = Starlette(routes=[Route('/', home)])",
      ].join("\n"),
    });
    const running = await runMain(cwd);
    assert.equal(await (await fetch(running.url)).text(), "home");
    assert.match(
      running.output(),
      /main\.py serves a starlette\.Starlette in which no st\.App is mounted/,
    );
  });
});
