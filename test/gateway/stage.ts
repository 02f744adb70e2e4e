import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, afterEach, before } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import { startChromium } from "../browser/chromium.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { APP, type Shown } from "./app.ts";
import { SECRET } from "./ring.ts";
import { Streamlit } from "./streamlit.ts";

export interface StageOptions {
  readonly sessions?: SessionsOptions;
  readonly gateway?: Partial<GatewayOptions>;
  readonly streamlit?: readonly string[];
}

/** One Chromium, one Streamlit and one gateway for the tests of a file. */
export class Stage {
  readonly warnings: string[] = [];
  readonly #options: StageOptions;
  readonly #connections = new Set<Socket>();
  #sessions: Sessions | undefined;
  #gateway: Gateway | undefined;
  #streamlit: Streamlit | undefined;
  #browser: Browser | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  get sessions(): Sessions {
    return this.#sessions!;
  }

  get gateway(): Gateway {
    return this.#gateway!;
  }

  get streamlit(): Streamlit {
    return this.#streamlit!;
  }

  get browser(): Browser {
    return this.#browser!;
  }

  /** Where the app is, without a slash at the end. */
  get url(): string {
    const { port } = this.gateway.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#options.gateway?.basePath ?? ""}`;
  }

  async newContext(options?: BrowserContextOptions): Promise<BrowserContext> {
    return await this.browser.newContext({ viewport: { width: 500, height: 600 }, ...options });
  }

  async start(): Promise<void> {
    const { streamlit = [], sessions, gateway } = this.#options;
    [this.#streamlit, this.#browser] = await Promise.all([
      Streamlit.start({ "app.py": APP }, ...streamlit),
      startChromium(),
    ]);
    this.#sessions = createSessions({
      store: "memory:",
      secret: SECRET,
      sweepInterval: false,
      log: (line) => void this.warnings.push(line),
      ...sessions,
    });
    await this.#listen(gateway, await freePort());
  }

  /** Holds the next request for the page back, as a slow network would. */
  holdNextPage(): { readonly arrived: Promise<void>; release(): void } {
    const { server } = this.gateway;
    const [handle] = server.listeners("request") as [(...args: unknown[]) => void];
    let arrive: (() => void) | undefined;
    let pass: (() => void) | undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (pass = resolve));
    const hold = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.headers["sec-fetch-dest"] !== "document") return handle(request, response);
      server.off("request", hold).on("request", handle);
      arrive?.();
      void released.then(() => handle(request, response));
    };
    server.off("request", handle).on("request", hold);
    return { arrived, release: () => pass?.() };
  }

  /** Cuts every connection to the gateway, as a network does that goes away. */
  cutSockets(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  /** Ends the gateway, with all its connections, and starts another one on the same port. */
  async restartGateway(): Promise<void> {
    const { port } = this.gateway.server.address() as AddressInfo;
    await this.gateway.close();
    await this.#listen(this.#options.gateway, port);
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    await this.#gateway?.close();
    await this.#sessions?.close();
    await this.#streamlit?.remove();
  }

  async #listen(options: Partial<GatewayOptions> | undefined, port: number): Promise<void> {
    this.#gateway = createGateway({
      sessions: this.sessions,
      upstream: () => ({ host: "127.0.0.1", port: this.streamlit.port }),
      streamlitStart: () => this.streamlit.start,
      ...options,
    });
    this.gateway.server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
    this.gateway.server.listen(port, "127.0.0.1");
    await once(this.gateway.server, "listening");
  }
}

/** Sets the stage up before the tests of a file and takes it down after them. */
export function useStage(options: StageOptions = {}): Stage {
  const stage = new Stage(options);
  before(async () => await stage.start());
  afterEach(async () => {
    await Promise.all(stage.browser.contexts().map(async (context) => await context.close()));
  });
  after(async () => await stage.end());
  return stage;
}

/** The page is connected, and no run is under way: it shows nothing from before a reload. */
const IDLE =
  '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]';

/** What the page's app says at the end of a run. */
export async function shown(page: Page): Promise<Shown> {
  await page.locator(IDLE).waitFor();
  const text = await page.getByText(/^STATE /).textContent();
  return JSON.parse(text!.slice("STATE ".length)) as Shown;
}

/** Waits until the app says something for which the condition holds. */
export async function untilShown(
  page: Page,
  name: string,
  condition: (state: Shown) => boolean | Promise<boolean>,
): Promise<Shown> {
  let last: Shown | undefined;
  await until(name, async () => {
    last = await shown(page).catch(() => undefined);
    return last !== undefined && (await condition(last));
  });
  return last!;
}

/** A new tab with the app in it. */
export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Clicks "Add" and waits until that shows. */
export async function add(page: Page): Promise<Shown> {
  const { count } = await shown(page);
  await page.getByRole("button", { name: "Add" }).click();
  return await untilShown(page, "the count goes up", (state) => state.count === count + 1);
}
