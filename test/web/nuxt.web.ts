import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, type Reply } from "../adapter/browser.ts";
import { liveTests } from "./live.ts";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";
import { socketTests } from "./sockets.ts";

let project: Project;
let node: string;
let place: string;
let server: WebServer;

const start = async (): Promise<WebServer> =>
  await startServer({
    cwd: place,
    node,
    args: ["server/index.mjs"],
    // Nuxt's own server reads these; the plugin of the docs has no options.
    env: { NITRO_HOST: "127.0.0.1" },
  });

before(async () => {
  node = await newerNode();
  project = await prepareProject("nuxt", "nuxt.md", node);
  await project.run("nuxt/bin/nuxt.mjs", "build", "--no-fork");
  assert.ok(!(await readdir(project.directory)).includes(".persist-session"), "the build made it");
  // Alone, as a deploy takes it: nothing of the project's node_modules is above it.
  place = await mkdtemp(join(tmpdir(), "persist-nuxt-"));
  await cp(join(project.directory, ".output"), place, {
    recursive: true,
    verbatimSymlinks: true,
  });
  server = await start();
});
after(async () => {
  await server?.stop();
  if (place !== undefined) await rm(place, { recursive: true, force: true });
});

const items = ({ text }: Reply): string[] =>
  [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item);

class Visitor extends Browser {
  constructor() {
    super(server.url);
  }
  async submit(path: string, fields: Record<string, string> = {}): Promise<Reply> {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
    return await this.post(path, new URLSearchParams(fields).toString(), { headers });
  }
  async list(): Promise<string[]> {
    return items(await this.get("/"));
  }
}

const html = { headers: { accept: "text/html" } };

describe("Nuxt", () => {
  test("a visitor who only reads gets no cookie; a form sets it and leads to the change; F5 keeps it", async () => {
    const browser = new Visitor();
    const first = await browser.get("/");
    assert.deepEqual([first.status, first.setCookies, items(first)], [200, [], []]);
    const added = await browser.submit("/cart/add", { item: "tea" });
    assert.deepEqual(
      [added.status, added.headers.location, added.setCookies.length],
      [303, "/", 1],
      server.output(),
    );
    assert.deepEqual(await browser.list(), ["tea"]);
    const more = await browser.post("/api/cart", "milk");
    assert.deepEqual([JSON.parse(more.text), more.setCookies], [["tea", "milk"], []]);
    assert.deepEqual(await browser.list(), ["tea", "milk"]);
    assert.deepEqual(await new Visitor().list(), []);
  });

  liveTests({
    url: () => server.url,
    visitor: () => new Visitor(),
    add: async (browser, item) => await browser.post("/api/cart", item),
  });

  socketTests({
    url: () => server.url,
    visitor: () => new Visitor(),
    items: async (browser) => items(await browser.get("/")),
    output: () => server.output(),
  });

  test("parallel changes of endpoints and forms merge, and a form clears the state", async () => {
    const browser = new Visitor();
    await browser.post("/api/cart", "first");
    await Promise.all(
      [0, 1, 2, 3].map(async (at) =>
        at % 2 === 0
          ? await browser.post("/api/cart", `p${at}`)
          : await browser.submit("/cart/add", { item: `p${at}` }),
      ),
    );
    assert.deepEqual((await browser.list()).toSorted(), ["first", "p0", "p1", "p2", "p3"]);
    await browser.submit("/cart/empty");
    assert.deepEqual(await browser.list(), []);
  });

  test("routes that a page fetches while it is rendered work on its session, with one cookie", async () => {
    const browser = new Visitor();
    const { text, setCookies } = await browser.get("/sub");
    assert.equal(setCookies.length, 1, text);
    assert.deepEqual(await browser.list(), ["one", "two"]);
  });

  test("a commit that fails is Nuxt's own error page, or its JSON; also after sendRedirect", async () => {
    const browser = new Visitor();
    const left = await browser.submit("/leave", { bad: "no" });
    assert.deepEqual([left.status, left.setCookies.length], [303, 1]);
    for (const path of ["/leave", "/api/bad"]) {
      const failed = await browser.submit(path, { bad: "yes" });
      assert.equal(failed.status, 500);
      assert.match(failed.text, /Own error page 500/);
      assert.equal(failed.headers.location, undefined);
    }
    const json = await browser.post("/api/bad", "", { headers: { accept: "application/json" } });
    const answer = JSON.parse(json.text) as { error: boolean; message: string };
    assert.deepEqual([json.status, answer.error, answer.message], [500, true, "Server Error"]);
    assert.deepEqual(await browser.list(), ["left"]);
    assert.match(server.output(), /ERR_SCHEMA_MISMATCH/);
  });

  test("a route that throws keeps what it has changed, and its error is shown with the cookie", async () => {
    const browser = new Visitor();
    const thrown = await browser.submit("/api/throws");
    assert.deepEqual([thrown.status, thrown.setCookies.length], [418, 1]);
    assert.match(thrown.text, /Own error page 418/);
    assert.deepEqual(await browser.list(), ["thrown"]);
  });

  test("a route that streams commits before its end, and gives the cookie with its head", async () => {
    const browser = new Visitor();
    const { text, setCookies } = await browser.post("/api/stream");
    assert.deepEqual([text, setCookies.length], ["one\ntwo\n", 1]);
    assert.deepEqual(await browser.list(), ["one", "two", "three"]);
  });

  test("a cached route has no session, whose answer would be given to all", async () => {
    const browser = new Visitor();
    await browser.post("/api/cart", "secret");
    const cached = await browser.get("/api/cached", { headers: { accept: "application/json" } });
    assert.equal(cached.status, 500);
    assert.match(server.output(), /ERR_NO_SESSION/);
    const other = await new Visitor().get("/api/cached");
    assert.doesNotMatch(other.text, /secret/);
    const plain = [
      await browser.get("/api/cached-plain"),
      await new Visitor().get("/api/cached-plain"),
    ];
    assert.deepEqual(
      plain.map(({ text }) => JSON.parse(text) as unknown),
      [{ calls: 1 }, { calls: 1 }],
    );
  });

  test("a visitor who says to be the prerenderer has a session like others", async () => {
    const browser = new Visitor();
    const { text } = await browser.post("/api/cart", "tea", {
      headers: { "x-nitro-prerender": "/" },
    });
    assert.deepEqual(JSON.parse(text), ["tea"]);
  });

  test("a server that was killed has lost nothing; if the store cannot be opened, error.vue is shown", async () => {
    const browser = new Visitor();
    await browser.post("/api/cart", "kept");
    await server.stop();
    server = await start();
    const again = new Visitor();
    for (const [name, value] of browser.cookies) again.cookies.set(name, value);
    assert.deepEqual(await again.list(), ["kept"]);

    await server.stop();
    await rm(join(place, ".persist-session"), { recursive: true });
    await writeFile(join(place, ".persist-session"), "no directory");
    server = await start();
    for (const path of ["/down", "/api/cart"]) {
      const down = await new Visitor().get(path, html);
      assert.equal(down.status, 500);
      assert.match(down.text, /Own error page 500/);
    }
    assert.match((await new Visitor().get("/about", html)).text, /About/);
  });
});
