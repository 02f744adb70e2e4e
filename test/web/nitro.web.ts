import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "../adapter/browser.ts";
import { runIn } from "../package/command.ts";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";
import { shopTests } from "./shop.ts";
import { socketTests } from "./sockets.ts";

let project: Project;
let node: string;
let place: string;

const start = async (): Promise<WebServer> =>
  await startServer({ cwd: place, node, args: ["server/index.mjs"] });

after(async () => {
  if (place !== undefined) await rm(place, { recursive: true, force: true });
});

shopTests({
  name: "Nitro 3",
  paths: { add: "/", empty: "/", leave: "/leave" },
  errorPage: /Own error page 500/,
  async build() {
    node = await newerNode();
    project = await prepareProject("nitro", "nuxt.md", node);
    // The page's app is Nuxt's. Of Nitro it shows where the line goes.
    for (const folder of ["app", "server", "nuxt.config.ts"])
      await rm(join(project.directory, folder), { recursive: true, force: true });
    await project.run("nitro/dist/cli/index.mjs", "build");
    assert.ok(!(await readdir(project.directory)).includes(".persist-session"));
    place = await mkdtemp(join(tmpdir(), "persist-nitro-"));
    const output = join(project.directory, ".output");
    await cp(output, place, { recursive: true, verbatimSymlinks: true });
    return place;
  },
  start,
});

test("Nitro 3: a cached route has no session, and what needs none is answered without a store", async () => {
  const server = await start();
  try {
    // The store's directory is a file since the tests before.
    assert.equal((await new Browser(server.url).get("/about")).text, "About");
    await server.stop();
    await rm(join(place, ".persist-session"), { recursive: true, force: true });
  } finally {
    await server.stop();
  }
  const working = await start();
  try {
    const browser = new Browser(working.url);
    await browser.post("/api/cart", "secret");
    assert.equal((await browser.get("/api/cached")).status, 500);
    assert.match(working.output(), /ERR_NO_SESSION/);
    assert.doesNotMatch((await new Browser(working.url).get("/api/cached")).text, /secret/);
  } finally {
    await working.stop();
  }
});

describe("Nitro 3: WebSockets", () => {
  let server: WebServer;
  before(async () => (server = await start()));
  after(async () => await server?.stop());

  socketTests({
    url: () => server.url,
    visitor: () => new Browser(server.url),
    items: async (browser) =>
      [...(await browser.get("/")).text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item),
    output: () => server.output(),
  });
});

describe("h3 2 alone: WebSockets", () => {
  let server: WebServer;
  before(async () => {
    server = await startServer({ cwd: project.directory, node, args: ["h3-sockets.mjs"] });
  });
  after(async () => await server?.stop());

  socketTests({
    url: () => server.url,
    visitor: () => new Browser(server.url),
    items: async (browser) => JSON.parse((await browser.get("/")).text) as string[],
    output: () => server.output(),
  });
});

test("h3 2 alone: app.use(persistSession()), and an error's answer has the cookie too", async () => {
  const printed = await runIn(project.directory, node, "plain-h3.mjs");
  assert.deepEqual(JSON.parse(printed), [
    [418, 1, null],
    [200, 0, 2],
    [404, 0, null],
  ]);
});
