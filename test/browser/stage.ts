import { after, afterEach, before } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { AppPage } from "./app-page.ts";
import { AppServer } from "./app-server.ts";
import { startChromium } from "./chromium.ts";

/** Painted without a graphics card, so the fewer pixels the better. */
const SMALL = { width: 500, height: 600 };

/** One Chromium and one server for the tests of a file. */
export interface Stage {
  readonly server: AppServer;
  /** A browser of its own: no cookie is shared with another. */
  newVisitor(options?: BrowserContextOptions): Promise<Visitor>;
}

/** A visitor with a browser. */
export interface Visitor {
  readonly context: BrowserContext;
  /** Opens the example in a new tab. */
  openTab(): Promise<AppPage>;
}

/**
 * Sets the stage up before the tests of a file and takes it down after them. @param args - the
 * server's command line
 */
export function useStage(...args: string[]): Stage {
  let server: AppServer;
  let browser: Browser;
  before(async () => {
    [server, browser] = await Promise.all([AppServer.start(...args), startChromium()]);
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map(async (context) => await context.close()));
  });
  after(async () => {
    await browser.close();
    await server.remove();
  });
  return {
    get server() {
      return server;
    },
    async newVisitor(options) {
      const context = await browser.newContext({ viewport: SMALL, ...options });
      return { context, openTab: async () => await AppPage.open(context, server.origin) };
    },
  };
}
