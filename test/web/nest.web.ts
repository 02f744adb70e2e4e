import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "../adapter/browser.ts";
import { SECRET } from "../adapter/fixture.ts";
import { type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";

let project: Project;
let server: WebServer;

before(async () => {
  project = await prepareProject("nest", "nest.md");
  await project.run("typescript/bin/tsc");
});

const json = { headers: { "content-type": "application/json" } };

test("Nest: app.close() closes the sessions", async () => {
  assert.match(await project.run("../dist/closes.js"), /^ERR_(STORE|SESSIONS)_CLOSED/);
});

for (const platform of ["express", "fastify"]) {
  const store = (): string => join(project.directory, ".persist-session");
  const start = async (): Promise<WebServer> =>
    await startServer({
      cwd: project.directory,
      args: ["dist/platform.js"],
      env: { PLATFORM: platform, PERSIST_SESSION_SECRET: SECRET },
    });
  const add = async (browser: Browser, item: string) =>
    await browser.post("/cart", JSON.stringify({ item }), json);

  describe(`Nest on ${platform}`, () => {
    before(async () => {
      await rm(store(), { recursive: true, force: true });
      server = await start();
    });
    after(async () => await server?.stop());

    test("who only reads gets no cookie; the first change sets it, and the state is there again", async () => {
      const browser = new Browser(server.url);
      const first = await browser.get("/cart");
      assert.deepEqual([first.status, first.text, first.setCookies], [200, "[]", []]);
      const added = await add(browser, "tea");
      assert.deepEqual([added.status, added.text, added.setCookies.length], [201, '["tea"]', 1]);
      assert.deepEqual((await add(browser, "milk")).setCookies, []);
      assert.equal((await browser.get("/cart")).text, '["tea","milk"]');
    });

    test("parallel changes merge, and clear() clears", async () => {
      const browser = new Browser(server.url);
      await add(browser, "first");
      await Promise.all(["a", "b", "c"].map(async (item) => await add(browser, item)));
      const items = JSON.parse((await browser.get("/cart")).text) as string[];
      assert.deepEqual(items.toSorted(), ["a", "b", "c", "first"]);
      await browser.send("/cart", { method: "DELETE" });
      assert.equal((await browser.get("/cart")).text, "[]");
    });

    test("a guard works on the session, and Sessions can be injected", async () => {
      const browser = new Browser(server.url);
      assert.equal((await browser.post("/guarded")).setCookies.length, 1);
      assert.equal((await browser.get("/log")).text, '["guard"]');
      assert.ok(browser.cookies.has((await browser.get("/injected")).text));
    });

    test("a commit that fails is Nest's own exception, with our code", async () => {
      const browser = new Browser(server.url);
      const { status, text } = await browser.post("/bad");
      assert.equal(status, 500);
      const said = { statusCode: 500, message: "Internal Server Error" };
      assert.deepEqual(JSON.parse(text), { ...said, code: "ERR_SCHEMA_MISMATCH" });
      assert.equal((await browser.get("/log")).text, "[]");
    });

    test("a stream commits before its end, and gives the cookie with its head", async () => {
      const browser = new Browser(server.url);
      const { text, setCookies } = await browser.post("/stream");
      assert.deepEqual([text, setCookies.length], ["one\ntwo\n", 1]);
      assert.equal((await browser.get("/log")).text, '["one","two","three"]');
    });

    test("a server that was killed has lost nothing; if the store cannot be opened, Nest's own exception says so", async () => {
      const browser = new Browser(server.url);
      await add(browser, "kept");
      await server.stop();
      server = await start();
      const again = new Browser(server.url);
      for (const [cookie, value] of browser.cookies) again.cookies.set(cookie, value);
      assert.equal((await again.get("/cart")).text, '["kept"]');

      await server.stop();
      await rm(store(), { recursive: true });
      await writeFile(store(), "no directory");
      server = await start();
      const down = await new Browser(server.url).get("/cart");
      assert.equal(down.status, 500);
      assert.match(down.text, /"message":"Internal Server Error","code":"ERR_STORE_/);
    });
  });
}
