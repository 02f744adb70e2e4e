import assert from "node:assert/strict";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, type Reply, type Sending } from "../adapter/browser.ts";
import { followTests, liveTests } from "./live.ts";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";

let project: Project;
let node: string;
let server: WebServer;

const start = async (): Promise<WebServer> =>
  await startServer({
    cwd: project.directory,
    node,
    args: ["build/index.js"],
    env: { PROTOCOL_HEADER: "x-forwarded-proto" },
  });

before(async () => {
  node = await newerNode();
  project = await prepareProject("sveltekit", "sveltekit.md", node);
  await project.run("vite/bin/vite.js", "build");
  assert.ok(!(await readdir(project.directory)).includes(".persist-session"), "the build made it");
  server = await start();
});
after(async () => await server?.stop());

/**
 * A browser behind a proxy, without which adapter-node takes HTTPS for granted; and SvelteKit asks
 * whose page sent a form.
 */
class Visitor extends Browser {
  override async send(path: string, sending: Sending): Promise<Reply> {
    const proto = sending.headers?.["x-forwarded-proto"] ?? "http";
    const origin = server.url.replace("http", proto);
    const headers = { "x-forwarded-proto": proto, origin, ...sending.headers };
    return await super.send(path, { ...sending, headers });
  }
}

const items = ({ text }: Reply): string[] =>
  [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item);

async function submit(browser: Browser, path: string, fields: Record<string, string> = {}) {
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
  return await browser.post(path, new URLSearchParams(fields).toString(), { headers });
}

describe("SvelteKit", () => {
  test("a visitor who only reads gets no cookie; an action sets it and shows the change; F5 keeps it", async () => {
    const browser = new Visitor(server.url);
    const first = await browser.get("/");
    assert.deepEqual([first.status, first.setCookies, items(first)], [200, [], []]);
    const added = await submit(browser, "/?/add", { item: "tea" });
    assert.equal(added.setCookies.length, 1, server.output());
    assert.deepEqual(items(added), ["tea"]);
    assert.deepEqual(items(await browser.get("/")), ["tea"]);
    const more = await browser.post("/api/cart", "milk");
    assert.deepEqual([more.text, more.setCookies], ['["tea","milk"]', []]);
    assert.equal((await browser.get("/about")).status, 200);
  });

  test("parallel changes of endpoints and actions merge", async () => {
    const browser = new Visitor(server.url);
    await browser.post("/api/cart", "first");
    await Promise.all(
      [0, 1, 2, 3].map(async (at) =>
        at % 2 === 0
          ? await browser.post("/api/cart", `p${at}`)
          : await submit(browser, "/?/add", { item: `p${at}` }),
      ),
    );
    assert.deepEqual(items(await browser.get("/")).toSorted(), ["first", "p0", "p1", "p2", "p3"]);
  });

  test("an action clears the state", async () => {
    const browser = new Visitor(server.url);
    await browser.post("/api/cart", "tea");
    assert.deepEqual(items(await submit(browser, "/?/empty")), []);
    assert.deepEqual(items(await browser.get("/")), []);
  });

  test("a load that fetches the app's own endpoint works on the same session, with one cookie", async () => {
    const browser = new Visitor(server.url);
    const { setCookies, text } = await browser.get("/sub");
    assert.match(text, /\[&quot;sub&quot;\]|\["sub"\]/);
    assert.equal(setCookies.length, 1);
    assert.deepEqual(items(await browser.get("/")), ["sub"]);
  });

  test("redirect() keeps the change and sets the cookie; one whose commit fails is not shown", async () => {
    const browser = new Visitor(server.url);
    const left = await submit(browser, "/leave", { bad: "no" });
    assert.deepEqual([left.status, left.setCookies.length], [303, 1]);
    assert.deepEqual(items(await browser.get("/")), ["left"]);
    const failed = await submit(browser, "/leave", { bad: "yes" });
    assert.equal(failed.status, 500);
    assert.match(failed.text, /Own static error page/);
    assert.deepEqual(items(await browser.get("/")), ["left"]);
  });

  test("an endpoint that streams commits before its end, and gives the cookie with its head", async () => {
    const browser = new Visitor(server.url);
    const { text, setCookies } = await browser.post("/api/stream");
    assert.deepEqual([text, setCookies.length], ["one\ntwo\n", 1]);
    assert.deepEqual(items(await browser.get("/")), ["one", "two", "three"]);
  });

  test("over HTTPS the cookie is Secure and has the prefix", async () => {
    const headers = { "x-forwarded-proto": "https" };
    const { setCookies } = await new Visitor(server.url).post("/api/cart", "tea", { headers });
    assert.match(setCookies[0] ?? "", /^__Host-persist-session.*Secure/);
  });

  const http = { "x-forwarded-proto": "http" };
  liveTests({
    url: () => server.url,
    visitor: () => new Visitor(server.url),
    add: async (browser, item) => await browser.post("/api/cart", item),
    headers: http,
  });
  followTests({ url: () => server.url, headers: http });

  test("a server that was killed has lost nothing; if the store cannot be opened, +error.svelte is shown", async () => {
    const browser = new Visitor(server.url);
    await browser.post("/api/cart", "kept");
    await server.stop();
    server = await start();
    const again = new Visitor(server.url);
    for (const [name, value] of browser.cookies) again.cookies.set(name, value);
    assert.deepEqual(items(await again.get("/")), ["kept"]);

    await server.stop();
    await rm(join(project.directory, ".persist-session"), { recursive: true });
    await writeFile(join(project.directory, ".persist-session"), "no directory");
    server = await start();
    const down = await new Visitor(server.url).get("/");
    assert.equal(down.status, 500);
    assert.match(down.text, /Own (static )?error page/);
    assert.equal((await new Visitor(server.url).get("/about")).status, 200);
  });
});
