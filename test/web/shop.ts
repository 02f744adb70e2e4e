import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, type Reply, type Sending } from "../adapter/browser.ts";
import { liveTests } from "./live.ts";
import type { WebServer } from "./server.ts";

/** A framework's app that keeps a list of items: what its production build is driven by. */
export interface Shop {
  readonly name: string;
  /** Builds the app. @returns the directory that its server runs in */
  readonly build: () => Promise<string>;
  readonly start: () => Promise<WebServer>;
  /** Where its forms go. */
  readonly paths: { readonly add: string; readonly empty: string; readonly leave: string };
  /** What the framework's own error page says. */
  readonly errorPage: RegExp;
}

const items = ({ text }: Reply): string[] =>
  [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = ""]) => item);

/** Declares the tests that hold for each framework with pages, forms and endpoints. */
export function shopTests({ name, build, start, paths, errorPage }: Shop): void {
  let server: WebServer;
  let directory: string;

  /** A browser, whose forms come from the app's own pages. */
  class Visitor extends Browser {
    constructor() {
      super(server.url);
    }
    override async send(path: string, sending: Sending): Promise<Reply> {
      const headers = { origin: server.url, accept: "text/html", ...sending.headers };
      return await super.send(path, { ...sending, headers });
    }
    async submit(path: string, fields: Record<string, string> = {}): Promise<Reply> {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return await this.post(path, new URLSearchParams(fields).toString(), { headers });
    }
    async list(): Promise<string[]> {
      return items(await this.get("/"));
    }
  }

  describe(name, () => {
    before(async () => {
      directory = await build();
      server = await start();
    });
    after(async () => await server?.stop());

    test("a visitor who only reads gets no cookie; a form sets it and shows the change; F5 keeps it", async () => {
      const browser = new Visitor();
      const first = await browser.get("/");
      assert.deepEqual([first.status, first.setCookies, items(first)], [200, [], []]);
      const added = await browser.submit(paths.add, { item: "tea" });
      assert.equal(added.setCookies.length, 1, `${added.status} ${server.output()}`);
      assert.deepEqual(items(added), ["tea"]);
      assert.deepEqual(await browser.list(), ["tea"]);
      const more = await browser.post("/api/cart", "milk");
      assert.deepEqual([more.text, more.setCookies], ['["tea","milk"]', []]);
      assert.deepEqual(await browser.list(), ["tea", "milk"]);
    });

    test("parallel changes of endpoints and forms merge, and a form clears the state", async () => {
      const browser = new Visitor();
      await browser.post("/api/cart", "first");
      await Promise.all(
        [0, 1, 2, 3].map(async (at) =>
          at % 2 === 0
            ? await browser.post("/api/cart", `p${at}`)
            : await browser.submit(paths.add, { item: `p${at}` }),
        ),
      );
      assert.deepEqual((await browser.list()).toSorted(), ["first", "p0", "p1", "p2", "p3"]);
      await browser.submit(paths.empty);
      assert.deepEqual(await browser.list(), []);
    });

    test("a redirect keeps the change and sets the cookie; one whose commit fails is not shown", async () => {
      const browser = new Visitor();
      const left = await browser.submit(paths.leave, { bad: "no" });
      assert.ok([302, 303].includes(left.status), `${left.status} ${server.output()}`);
      assert.equal(left.setCookies.length, 1);
      assert.deepEqual(await browser.list(), ["left"]);
      const failed = await browser.submit(paths.leave, { bad: "yes" });
      assert.equal(failed.status, 500);
      assert.match(failed.text, errorPage);
      assert.deepEqual(await browser.list(), ["left"]);
    });

    test("an endpoint that streams commits before its end, and gives the cookie with its head", async () => {
      const browser = new Visitor();
      const { text, setCookies } = await browser.post("/api/stream");
      assert.deepEqual([text, setCookies.length], ["one\ntwo\n", 1]);
      assert.deepEqual(await browser.list(), ["one", "two", "three"]);
    });

    liveTests({
      url: () => server.url,
      visitor: () => new Visitor(),
      add: async (browser, item) => await browser.post("/api/cart", item),
    });

    test("a server that was killed has lost nothing; if the store cannot be opened, the framework's error page is shown", async () => {
      const browser = new Visitor();
      await browser.post("/api/cart", "kept");
      await server.stop();
      server = await start();
      const again = new Visitor();
      for (const [cookie, value] of browser.cookies) again.cookies.set(cookie, value);
      assert.deepEqual(await again.list(), ["kept"]);

      await server.stop();
      await rm(join(directory, ".persist-session"), { recursive: true });
      await writeFile(join(directory, ".persist-session"), "no directory");
      server = await start();
      const down = await new Visitor().get("/");
      assert.equal(down.status, 500);
      assert.match(down.text, errorPage);
    });
  });
}
