import { after, afterEach, before } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";

/** Painted without a graphics card, so the fewer pixels the better. */
const SMALL = { width: 700, height: 700 };

/** One Chromium and one Streamlit behind its gateway for the tests of a file. */
export interface Stage {
  readonly gateway: Gateway;
  /** A browser of its own: no cookie is shared with another. */
  newVisitor(options?: BrowserContextOptions): Promise<Visitor>;
}

/** A visitor with a browser. */
export interface Visitor {
  readonly context: BrowserContext;
  /** Opens the app in a new tab. @param path - below the origin, such as "two" */
  openTab(path?: string): Promise<StreamlitPage>;
}

/**
 * Sets the stage up before the tests of a file and takes it down after them.
 *
 * @param options - a function where something has to be started before they are known
 */
export function useStage(options: GatewayOptions | (() => Promise<GatewayOptions>)): Stage {
  let gateway: Gateway | undefined;
  let browser: Browser | undefined;
  const started = () => {
    if (gateway === undefined || browser === undefined) throw new Error("The stage is not set up.");
    return { gateway, browser };
  };
  before(async () => {
    browser = await startChromium();
    gateway = await Gateway.start(typeof options === "function" ? await options() : options);
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map(async (context) => await context.close()));
  });
  after(async () => {
    await browser?.close();
    await gateway?.remove();
  });
  return {
    get gateway() {
      return started().gateway;
    },
    async newVisitor(contextOptions) {
      const context = await started().browser.newContext({ viewport: SMALL, ...contextOptions });
      return {
        context,
        openTab: async (path = "") =>
          await StreamlitPage.open(context, `${started().gateway.origin}/${path}`),
      };
    },
  };
}
