import { once } from "node:events";
import { WebSocket } from "ws";
import { find } from "../../../src/gateway/frame/wire.ts";
import type { PageMessage } from "../../../src/gateway/tabs/page-message.ts";
import { until } from "../../support/until.ts";
import { newTab, RawBrowser, type Rig } from "../raw.ts";
import { element, newSession, rerun } from "./run-messages.ts";

interface PageOptions {
  readonly tab?: string;
  readonly ticket?: string;
  readonly life?: "new" | "same" | "back" | "past";
  readonly perMessageDeflate?: boolean;
}

/** A page's WebSocket, and what came on it. */
export class Page {
  readonly got: Buffer[] = [];
  readonly tab: string;
  readonly socket: WebSocket;
  tickets: string[] = [];
  /** The widgets that came in two ways. */
  readonly choices: string[] = [];
  taken = false;
  /** Whether it was told to ask for a run. */
  asksForRun = false;
  code: number | undefined;

  private constructor(socket: WebSocket, tab: string) {
    this.socket = socket;
    this.tab = tab;
    socket.on("error", () => {});
    socket.on("close", (code) => (this.code = code));
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.got.push(data);
      else {
        const { ticket, taken, unless, rerun: asks } = JSON.parse(data.toString()) as PageMessage;
        if (ticket !== undefined) this.tickets.push(ticket);
        if (unless !== undefined) this.choices.push(unless);
        if (taken) this.taken = true;
        if (asks) this.asksForRun = true;
      }
    });
  }

  static async open(browser: RawBrowser, options: PageOptions = {}): Promise<Page> {
    const { tab = newTab(), ticket = "", life = "new", perMessageDeflate = false } = options;
    const address = `${browser.rig.url.replace("http", "ws")}/_stcore/stream`;
    const protocols = ["streamlit", "token", `persist-session.${life}.${tab}.${ticket}`];
    const socket = new WebSocket(address, protocols, {
      headers: browser.with({}),
      perMessageDeflate,
    });
    const page = new Page(socket, tab);
    await once(socket, "open");
    return page;
  }

  /** The texts that it was told to show, in the order of the messages. */
  get texts(): string[] {
    return this.got.flatMap((message) => {
      const text = find(message, 5, 3, 1, 1);
      return text === undefined ? [] : [Buffer.from(text.bytes).toString()];
    });
  }

  get ticket(): string {
    return this.tickets.at(-1) ?? "";
  }

  async untilText(text: string): Promise<void> {
    await until(`the page is told "${text}"`, () => this.texts.includes(text));
  }

  /** Goes as a page that is reloaded does. */
  async leave(how: "close" | "cut" = "close"): Promise<void> {
    if (how === "cut") this.socket.terminate();
    else this.socket.close(1001);
    if (this.code === undefined) await once(this.socket, "close");
  }
}

/** What Streamlit heard of the page, without pings. */
export function listen(rig: Rig): Buffer[] {
  const said: Buffer[] = [];
  rig.streamlit.last.socket.on("message", (data: Buffer) => said.push(data));
  return said;
}

/** A page in the middle of the run "1", which has shown "a". */
export async function inRun(rig: Rig, options: PageOptions = {}) {
  const browser = new RawBrowser(rig);
  await browser.get();
  const page = await Page.open(browser, options);
  await until("Streamlit has it", () => rig.streamlit.arrivals.length > 0);
  const { socket, session } = rig.streamlit.last;
  const said = listen(rig);
  page.socket.send(rerun());
  await until("the rerun has come", () => said.length === 1);
  for (const message of [newSession(session, "1"), element([0, 0], "a")]) socket.send(message);
  await page.untilText("a");
  await until("there is a ticket", () => page.tickets.length > 0);
  return { browser, page, socket, session, said };
}
