import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { root } from "../project/imports.ts";
import { freePort } from "../support/free-port.ts";
import { typescript } from "../support/typescript.ts";
import { until } from "../support/until.ts";
import { EMPTY, ExamplePage } from "./example-page.ts";

/** The first start installs and builds. */
const INSTALL_AND_BUILD = 800_000;

let browser: Browser;
before(async () => (browser = await startChromium()));
after(async () => await browser?.close());
afterEach(async () => {
  await Promise.all(browser.contexts().map(async (context) => await context.close()));
});

class Program {
  readonly child: ChildProcess;
  printed = "";

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (part: Buffer) => (this.printed += part.toString()));
  }

  /** Waits until it prints its address. */
  async url(): Promise<string> {
    const said = () => /Open (http:\S+)/.exec(this.printed)?.[1];
    await until(
      "the example is open",
      () => {
        if (this.child.exitCode !== null) throw new Error(`It has ended:\n${this.printed}`);
        return said() !== undefined;
      },
      INSTALL_AND_BUILD,
    );
    return said() ?? "";
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, "exit");
    return this.child.exitCode;
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return await this.ended();
  }
}

for (const example of ["next", "sveltekit"]) {
  describe(`npm start -- --example ${example}`, () => {
    let directory: string;
    let port: string;
    let server: Program;
    let url: string;

    const start = async (): Promise<void> => {
      const options = ["--port", port, "--state-dir", join(directory, "state")];
      server = new Program("scripts/start.js", "--example", example, ...options);
      url = await server.url();
    };

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "persist-session-example-"));
      port = String(await freePort());
      await start();
    });
    after(async () => {
      await server?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    test("counts, takes notes and settings; F5 and a second tab show the same", async () => {
      const context = await browser.newContext();
      const tab = await ExamplePage.open(context, url);
      assert.deepEqual(await tab.shown(), EMPTY);
      assert.deepEqual(await context.cookies(), [], "who only looks gets no cookie");
      for (const count of ["1", "2", "3"]) {
        await tab.press("#more");
        await tab.untilShown({ count });
      }
      await tab.press("#less");
      await tab.untilShown({ count: "2" });
      for (const notes of [["tea"], ["tea", "<b>milk</b>"], ["tea", "<b>milk</b>", "jam"]]) {
        await tab.addNote(notes.at(-1) ?? "");
        await tab.untilShown({ notes, times: notes.length });
      }
      await tab.deleteNote("tea");
      const notes = ["<b>milk</b>", "jam"];
      await tab.untilShown({ notes });
      await tab.changeSettings({ name: "Ada", theme: "dark", accent: "teal", times: false });
      const expected = {
        title: "Try to lose this, Ada",
        count: "2",
        notes,
        name: "Ada",
        theme: "dark",
        accent: "teal",
        checked: ["dark", "teal"],
        times: 0,
      };
      await tab.untilShown(expected);
      await tab.reload();
      assert.deepEqual(await tab.shown(), expected);
      const second = await ExamplePage.open(context, url);
      assert.deepEqual(await second.shown(), expected);
      const other = await ExamplePage.open(await browser.newContext(), url);
      assert.deepEqual(await other.shown(), EMPTY, "another browser is another session");
    });

    test("two tabs that count at once lose nothing", async () => {
      const context = await browser.newContext();
      const first = await ExamplePage.open(context, url);
      await first.press("#more");
      await first.untilShown({ count: "1" });
      const tabs = [first, await ExamplePage.open(context, url)];
      await Promise.all(
        tabs.map(async (tab) => {
          for (let done = 0; done < 5; done++) await tab.press("#more");
        }),
      );
      await until("all are counted", async () => {
        await first.reload();
        return (await first.shown()).count === "11";
      });
    });

    test("works without JavaScript, and all is there in the first frame", async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const tab = await ExamplePage.open(context, url);
      await tab.press("#more");
      await tab.page.locator("#count", { hasText: "1" }).waitFor();
      await tab.addNote("tea");
      await tab.page.locator(".note", { hasText: "tea" }).waitFor();
      await tab.page.goto(url);
      assert.equal(await tab.page.textContent("#count"), "1");
      assert.deepEqual(await tab.page.locator(".note").allTextContents(), ["tea"]);
    });

    test("a server that is started anew goes on, without building again; and the Express example shows the same state", async () => {
      const context = await browser.newContext();
      const tab = await ExamplePage.open(context, url);
      await tab.press("#more");
      await tab.untilShown({ count: "1" });
      await tab.addNote("kept");
      await tab.untilShown({ notes: ["kept"] });
      // Browsers open connections in advance; Next waits for them to close.
      const idle = connect(Number(port), "127.0.0.1").on("error", () => {});
      await once(idle, "connect");
      assert.equal(await server.stop(), 0, server.printed);
      await assert.rejects(fetch(url), "nothing answers any more");
      await start();
      assert.doesNotMatch(server.printed, /Preparing/);
      await tab.reload();
      await tab.untilShown({ count: "1", notes: ["kept"] });
      await tab.press("#more");
      await tab.untilShown({ count: "2" });

      const express = new Program(
        ...typescript,
        "examples/express/server.ts",
        "--port=0",
        `--state-dir=${join(directory, "state")}`,
      );
      try {
        const page = await context.newPage();
        await page.goto(await express.url());
        assert.equal(await page.textContent("#count"), "2");
        assert.equal(await page.textContent(".note"), "kept");
      } finally {
        await express.stop();
      }
      await tab.reload();
      await tab.untilShown({ count: "2", notes: ["kept"] });
    });

    test("what was cleared is gone in every tab, and the browser begins anew", async () => {
      const context = await browser.newContext();
      const [tab, second] = [
        await ExamplePage.open(context, url),
        await ExamplePage.open(context, url),
      ];
      await tab.addNote("tea");
      await tab.untilShown({ notes: ["tea"] });
      await second.reload();
      await second.untilShown({ notes: ["tea"] });
      await tab.press("#clear");
      await tab.untilShown(EMPTY);
      await second.reload();
      await second.untilShown(EMPTY);
      await tab.press("#more");
      await tab.untilShown({ count: "1", notes: [] });
    });
  });
}

test("npm start refuses an example that is not there, and options that have no effect", async () => {
  for (const [args, said] of [
    [["--example", "rails"], /no example "rails".*next, sveltekit/],
    [["--example", "next", "--ttl", "1d"], /--ttl does not go with --example/],
  ] as const) {
    const program = new Program("scripts/start.js", ...args);
    assert.equal(await program.ended(), 1);
    await until("it says why", () => said.test(program.printed));
  }
});

test("npm start -- --example says why if the port that was asked for is taken", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const address = blocker.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    for (const example of ["next", "sveltekit"]) {
      const program = new Program(
        "scripts/start.js",
        "--example",
        example,
        "--port",
        `${address.port}`,
      );
      assert.equal(await program.ended(), 1, program.printed);
      await until("it says why", () => /EADDRINUSE|in use|is taken/.test(program.printed));
    }
  } finally {
    blocker.close();
  }
});

test("both examples look alike: one style", async () => {
  const style = async (path: string) => await readFile(join(root, "examples", path), "utf8");
  assert.equal(await style("sveltekit/src/routes/style.css"), await style("next/app/style.css"));
});
