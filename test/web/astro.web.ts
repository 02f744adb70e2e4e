import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "../adapter/browser.ts";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";
import { shopTests } from "./shop.ts";

let project: Project;
let node: string;

shopTests({
  name: "Astro",
  paths: { add: "/", empty: "/", leave: "/leave" },
  errorPage: /Own error page/,
  async build() {
    node = await newerNode();
    project = await prepareProject("astro", "astro.md", node);
    const { bin } = (await import(`${project.directory}/node_modules/astro/package.json`, {
      with: { type: "json" },
    }).then((found) => found.default)) as { bin: { astro: string } };
    await project.run(`astro/${bin.astro}`, "build");
    assert.ok(!(await readdir(project.directory)).includes(".persist-session"));
    return project.directory;
  },
  start: async () =>
    await startServer({ cwd: project.directory, node, args: ["dist/server/entry.mjs"] }),
});

describe("Astro: a request that passes the middleware more than once", () => {
  let server: WebServer;

  before(async () => {
    // What the tests before have left there.
    await rm(join(project.directory, ".persist-session"), { recursive: true, force: true });
    server = await startServer({
      cwd: project.directory,
      node,
      args: ["dist/server/entry.mjs"],
    });
  });
  after(async () => await server?.stop());

  const visitor = () => {
    const browser = new Browser(server.url);
    const list = async (): Promise<string[]> =>
      [...(await browser.get("/")).text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item);
    const end = async (how: string) =>
      await browser.post("/api/ends", how, { headers: { origin: server.url } });
    return { browser, list, end };
  };

  test("Astro.rewrite() and context.rewrite() keep the session: one cookie, and nothing is lost", async () => {
    const { browser, list, end } = visitor();
    const first = await browser.get("/rewrites");
    assert.deepEqual([first.status, first.setCookies.length], [200, 1], first.text);
    assert.deepEqual(await list(), ["before", "after"]);
    await browser.get("/rewrites");
    const other = visitor();
    assert.deepEqual((await list()).length, 4);
    const rewritten = await other.end("rewrite");
    assert.deepEqual([rewritten.status, rewritten.setCookies.length], [200, 1], rewritten.text);
    assert.deepEqual(await other.list(), ["rewrite", "after"]);
    await end("rewrite");
    assert.deepEqual((await list()).slice(4), ["rewrite", "after"]);
  });

  test("what a request has stored before it throws is found again, also under the new id of a login", async () => {
    const { browser, list, end } = visitor();
    const first = await end("throw");
    assert.deepEqual([first.status, first.setCookies.length], [500, 1]);
    assert.match(first.text, /Own error page/);
    const before = browser.header;
    const rotated = await end("rotate");
    assert.deepEqual([rotated.status, rotated.setCookies.length], [500, 1]);
    assert.notEqual(browser.header, before);
    assert.deepEqual(await list(), ["throw", "rotate"]);
  });

  test("404.astro changes the session of the request that is not found", async () => {
    const { browser, list } = visitor();
    const answer = await browser.get("/gone");
    assert.deepEqual([answer.status, answer.setCookies.length], [404, 1]);
    assert.match(answer.text, /Own page for what is not found/);
    assert.deepEqual(await list(), ["not found", "404.astro"]);
  });
});
