import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { until } from "../support/until.ts";

/** One server-sent event, as it came. */
export interface Came {
  readonly name: string;
  readonly id: string;
  readonly data: string;
}

/** A stream of server-sent events, read over a real connection. */
export class Stream {
  readonly response: IncomingMessage;
  readonly events: Came[] = [];
  ended = false;
  text = "";

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      this.text += chunk;
      const blocks = this.text.split("\n\n");
      this.text = response.statusCode === 200 ? (blocks.pop() as string) : this.text;
      if (response.statusCode === 200) this.events.push(...blocks.map(parse));
    });
    response.on("close", () => (this.ended = true));
    response.on("error", () => {});
  }

  static async open(url: string, headers: Record<string, string>): Promise<Stream> {
    const asked = request(url, { headers, agent: false }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return new Stream(response);
  }

  get status(): number {
    return this.response.statusCode as number;
  }

  /** The events of a name, once there are this many. */
  async named(name: string, count: number): Promise<Came[]> {
    const found = (): Came[] => this.events.filter((event) => event.name === name);
    await until(`there are ${count} events "${name}"`, () => found().length >= count);
    return found();
  }

  close(): void {
    this.response.destroy();
  }
}

function parse(block: string): Came {
  const field = (name: string): string =>
    new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
  return {
    name: block.startsWith(":") ? "beat" : field("event"),
    id: field("id"),
    data: field("data"),
  };
}
