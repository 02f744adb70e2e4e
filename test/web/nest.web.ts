import assert from "node:assert/strict";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "../adapter/browser.ts";
import { SECRET } from "../adapter/fixture.ts";
import { liveTests } from "./live.ts";
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

test("Nest: outside HTTP an error of ours is what the callers hear, with its code, and the app lives", async () => {
  const answer = { status: "error", message: "Internal server error", code: "ERR_NO_SESSION" };
  assert.deepEqual(JSON.parse(await project.run("../dist/messages.js")), {
    asked: answer,
    streamed: answer,
    works: "works",
    resolved: "ERR_NO_SESSION",
    reported: ["ERR_NO_SESSION", "ERR_NO_SESSION", "ERR_NO_SESSION", "ERR_NO_SESSION"],
  });
});

const FROM_SETTINGS = ["from-settings", "1", "2"];
const OWN = ["persist-session", "1", "2"];

/** The first words of what an operator sees, by what was wrong. */
const REFUSALS: Record<string, string> = {
  "a factory that throws": "of the app: the vault is sealed",
  "a factory that rejects": "of the app: no configuration",
  "a factory that gives nothing":
    "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() got no options from useFactory. Return those",
  "malformed options": "ERR_STORE_URL: ",
  "no options": "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() needs one of useFactory,",
  "no way":
    "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() needs one of useFactory, useClass, useExisting, and was given none.",
  "two ways":
    "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() needs one of useFactory, useClass, useExisting, and was given useFactory and useClass.",
  "an unknown option":
    "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() has no option isGlobal: the module is global always.",
  "an unknown option of forRoot": 'ERR_OPTION_INVALID: The option "isGlobal" must be one of store,',
  "a class without the method":
    "ERR_OPTION_INVALID: PersistSessionModule.forRootAsync() was given a provider without the method createPersistSessionOptions().",
  // Nest's own, whatever depends on it.
  "a provider of a request":
    "of the app: The APP_FILTER provider (useFactory) depends on a request-scoped",
};

test("Nest: forRootAsync() takes options of the app's providers; what is wrong with them ends the start", async () => {
  const seen = JSON.parse(await project.run("../dist/async.js")) as {
    visits: unknown;
    open: unknown;
    again: unknown;
    replaced: unknown;
    refused: Record<string, string>;
  };
  const forms = {
    useFactory: FROM_SETTINGS,
    "async useFactory": FROM_SETTINGS,
    "useFactory with Sessions": ["given", "1", "2"],
    useClass: FROM_SETTINGS,
    useExisting: FROM_SETTINGS,
  };
  assert.deepEqual(seen.visits, { express: forms, fastify: forms });
  assert.equal(seen.open, true, "app.close() has closed the app's own sessions");
  assert.deepEqual(seen.again, {
    forRoot: [true, OWN, OWN],
    forRootAsync: [true, FROM_SETTINGS, FROM_SETTINGS],
  });
  assert.deepEqual(seen.replaced, [["replacing", "1", "2"], 0]);
  await assert.rejects(stat(join(project.directory, "not-to-be-made")), { code: "ENOENT" });
  assert.deepEqual(Object.keys(seen.refused), Object.keys(REFUSALS));
  for (const [what, begin] of Object.entries(REFUSALS))
    assert.ok(seen.refused[what]?.startsWith(begin), `${what}: ${seen.refused[what]}`);
});

for (const platform of ["express", "fastify"]) {
  const env = { PLATFORM: platform, SESSION_SECRET: SECRET };

  test(`Nest on ${platform}: the configuration of @nestjs/config says where the state is, and without it the app does not start`, async () => {
    const store = join(project.directory, ".configured");
    await rm(store, { recursive: true, force: true });
    const configured = await startServer({
      cwd: project.directory,
      args: ["dist/configured.js"],
      env: { ...env, STORE_URL: "lmdb:.configured" },
    });
    try {
      const browser = new Browser(configured.url);
      assert.equal((await browser.post("/")).text, "1");
      assert.equal((await browser.post("/")).text, "2");
      assert.ok((await readdir(store)).length > 0);
    } finally {
      await configured.stop();
    }
    await assert.rejects(
      startServer({ cwd: project.directory, args: ["dist/configured.js"], env }),
      /did not start[^]*STORE_URL/,
    );
  });

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

    liveTests({ url: () => server.url, visitor: () => new Browser(server.url), add });

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
