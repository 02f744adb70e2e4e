import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, type Reply } from "../adapter/browser.ts";
import { root } from "../project/imports.ts";
import { followTests, liveTests } from "./live.ts";
import { type Project, prepareProject } from "./project.ts";
import { startServer, type WebServer } from "./server.ts";

let project: Project;
let standalone: string;
let server: WebServer;

before(async () => {
  project = await prepareProject("next", "next.md");
  await project.run("next/dist/bin/next", "build");
  // Another directory, as a container has it: what was not traced is not there.
  standalone = await mkdtemp(join(tmpdir(), "persist-session-next-"));
  await cp(join(project.directory, ".next/standalone"), standalone, { recursive: true });
  // Next documents this output: it leaves what goes to the browser to be copied.
  const [built, served] = [project.directory, within(standalone)].map((at) =>
    join(at, ".next/static"),
  );
  await cp(built ?? "", served ?? "", { recursive: true });
  server = await startServer({ cwd: within(standalone), args: ["server.js"] });
});

/** Next takes the directory of the outermost lock file for the root of what it copies. */
const within = (copy: string): string => join(copy, relative(root, project.directory));

after(async () => {
  await server?.stop();
  if (standalone !== undefined) await rm(standalone, { recursive: true, force: true });
});

const items = ({ text }: Reply): string[] =>
  [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item);

/** Sends a form of a page as a browser without JavaScript does. */
async function submit(
  browser: Browser,
  path: string,
  at: number,
  fields: Record<string, string> = {},
): Promise<Reply> {
  const { text } = await browser.get(path);
  const form = text.split("<form").slice(1)[at]?.split("</form>", 1)[0] ?? "";
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)];
  const boundary = "----persist-session-test";
  const parts = [
    ...hidden.map(([, name = "", value = ""]) => [name, value] as const),
    ...Object.entries(fields),
  ].map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return await browser.post(path, `${parts.join("")}--${boundary}--\r\n`, {
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  });
}

describe("Next", () => {
  test("the build has opened no store and made no secret", async () => {
    assert.ok(!(await readdir(project.directory)).includes(".persist-session"));
  });

  test("a visitor who only reads gets no cookie; an action sets it and its own page shows the change; F5 keeps it", async () => {
    const browser = new Browser(server.url);
    const first = await browser.get("/");
    assert.deepEqual([first.status, first.setCookies, items(first)], [200, [], []]);
    const added = await submit(browser, "/", 0, { item: "tea" });
    assert.equal(added.setCookies.length, 1, server.output());
    assert.match(added.setCookies[0] ?? "", /HttpOnly/i);
    assert.match(added.setCookies[0] ?? "", /SameSite=lax/i);
    assert.deepEqual(items(added), ["tea"]);
    assert.deepEqual(items(await browser.get("/")), ["tea"]);
    assert.deepEqual((await submit(browser, "/", 0, { item: "milk" })).setCookies, []);
    assert.deepEqual(items(await browser.get("/")), ["tea", "milk"]);
    // Pages and routes are bundled apart.
    assert.equal((await browser.get("/api/cart")).text, '{"items":["tea","milk"]}');
  });

  test("over HTTPS the cookie is Secure and has the prefix", async () => {
    const browser = new Browser(server.url);
    const headers = { "x-forwarded-proto": "https" };
    const { setCookies } = await browser.post("/api/cart", "tea", { headers });
    assert.match(setCookies[0] ?? "", /^__Host-persist-session.*Secure/);
    assert.equal((await browser.get("/api/cart", { headers })).text, '{"items":["tea"]}');
  });

  test("parallel changes of a route and of actions merge", async () => {
    const browser = new Browser(server.url);
    await browser.post("/api/cart", "first");
    const work = [0, 1, 2, 3].map(async (at) =>
      at % 2 === 0
        ? await browser.post("/api/cart", `p${at}`)
        : await submit(browser, "/", 0, { item: `p${at}` }),
    );
    await Promise.all(work);
    assert.deepEqual(items(await browser.get("/")).toSorted(), ["first", "p0", "p1", "p2", "p3"]);
  });

  test("an action clears the state", async () => {
    const browser = new Browser(server.url);
    await browser.post("/api/cart", "tea");
    assert.deepEqual(items(await submit(browser, "/", 1)), []);
    assert.deepEqual(items(await browser.get("/")), []);
  });

  test("redirect() in an action and in a route keeps the change and sets the cookie", async () => {
    for (const leave of [
      async (browser: Browser) => await submit(browser, "/leave", 0, { bad: "no" }),
      async (browser: Browser) => await browser.post("/api/fail"),
    ]) {
      const browser = new Browser(server.url);
      const left = await leave(browser);
      assert.ok([303, 307].includes(left.status), String(left.status));
      assert.equal(left.setCookies.length, 1);
      assert.equal(items(await browser.get("/")).length, 1);
    }
  });

  test("a redirect whose commit fails is not shown: error.tsx answers the action, a 500 the route", async () => {
    const browser = new Browser(server.url);
    const action = await submit(browser, "/leave", 0, { bad: "yes" });
    assert.equal(action.status, 500);
    const route = await browser.post("/api/fail", "", { headers: { "x-fail": "yes" } });
    assert.equal(route.status, 500);
    assert.deepEqual(items(await browser.get("/")), []);
    assert.match(server.output(), /ERR_SCHEMA_MISMATCH|does not fit|do not fit/);
  });

  test("a route that streams commits before its end, and gives the cookie with its head", async () => {
    const browser = new Browser(server.url);
    const { text, setCookies } = await browser.post("/api/stream");
    assert.equal(text, "one\ntwo\n");
    assert.equal(setCookies.length, 1);
    assert.deepEqual(items(await browser.get("/")), ["one", "two", "three"]);
  });

  liveTests({
    url: () => server.url,
    visitor: () => new Browser(server.url),
    add: async (browser, item) => await browser.post("/api/cart", item),
  });
  followTests({ url: () => server.url });

  test("a server that was killed has lost nothing", async () => {
    const browser = new Browser(server.url);
    await browser.post("/api/cart", "kept");
    await server.stop();
    server = await startServer({ cwd: within(standalone), args: ["server.js"] });
    const again = new Browser(server.url);
    for (const [name, value] of browser.cookies) again.cookies.set(name, value);
    assert.deepEqual(items(await again.get("/")), ["kept"]);
  });

  test("if the store cannot be opened, Next's own error page answers, and a page without state still works", async () => {
    await server.stop();
    await rm(join(within(standalone), ".persist-session"), { recursive: true });
    await writeFile(join(within(standalone), ".persist-session"), "no directory");
    server = await startServer({ cwd: within(standalone), args: ["server.js"] });
    const browser = new Browser(server.url);
    const page = await browser.get("/");
    assert.equal(page.status, 500);
    assert.match(page.text, /<html/i);
    assert.equal((await browser.get("/leave")).status, 200);
    assert.equal((await browser.post("/api/cart", "x")).status, 500);
  });
});
