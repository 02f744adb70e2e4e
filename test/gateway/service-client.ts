import { connect, type Socket } from "node:net";
import type { Claims } from "../../src/gateway/tickets/assertion.ts";
import { signAssertion } from "../../src/gateway/tickets/assertion.ts";
import { encodeFrame, FrameParser } from "../../src/gateway/service/frames.ts";
import type { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId } from "../../src/identity/token.ts";

export type Header = Record<string, unknown>;

/** An answer with its blobs as text, by attribute if it is a restore's. */
export interface Reply extends Header {
  blobs: string[];
}

/** A client of the state service, as simple as can be. */
export class Client {
  readonly socket: Socket;
  readonly pushes: Header[] = [];
  /** Answers without an id: the reason why the service closes. */
  readonly refusals: Header[] = [];
  readonly closed: Promise<void>;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #failing = new Set<(error: Error) => void>();
  #lastId = 0;

  constructor(address: string) {
    const [kind, ...rest] = address.split(":");
    this.socket = connect(
      kind === "unix" ? { path: rest.join(":") } : { host: rest[0] ?? "", port: Number(rest[1]) },
    );
    const parser = new FrameParser();
    this.socket.on("data", (chunk: Buffer) => {
      for (const { header, blobs } of parser.push(chunk)) this.#hear(header, blobs);
    });
    this.socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => {
        for (const fail of this.#failing) fail(new Error("the connection was closed"));
        resolve();
      });
    });
  }

  /** Sends a request now. Gives its answer whatever that says. */
  send(op: string, fields: Header = {}, blobs: readonly string[] = []): Promise<Reply> {
    const id = ++this.#lastId;
    const answer = new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#failing.add(reject);
    });
    for (const piece of encodeFrame(
      { id, op, ...fields },
      blobs.map((blob) => Buffer.from(blob, "latin1")),
    ))
      this.socket.write(piece);
    return answer;
  }

  /** Sends a request, and throws what the service says is wrong with it. */
  async call(op: string, fields: Header = {}, blobs: readonly string[] = []): Promise<Reply> {
    const reply = await this.send(op, fields, blobs);
    if (reply["ok"] === true) return reply;
    const { code, message } = reply["error"] as { code: string; message: string };
    throw Object.assign(new Error(message), { code });
  }

  async hello(fields: Header = {}): Promise<Reply> {
    return await this.call("hello", {
      protocol: 1,
      pid: 1,
      python: "3",
      streamlit: "1",
      ...fields,
    });
  }

  /** Opens a handle. */
  async open(
    ring: KeyRing,
    claims: Partial<Claims> = {},
    fields: Header = {},
  ): Promise<TestHandle> {
    const assertion = signAssertion(ring, {
      session: newSessionId(),
      tab: "tab",
      purpose: "open",
      ephemeral: false,
      ...claims,
    });
    return new TestHandle(this, await this.call("open", { assertion, ...fields }));
  }

  end(): void {
    this.socket.destroy();
  }

  #hear(header: Header, blobs: readonly Buffer[]): void {
    const { id } = header;
    if (typeof header["push"] === "string") this.pushes.push(header);
    else if (typeof id !== "number") this.refusals.push(header);
    else
      this.#waiting.get(id)?.({ ...header, blobs: blobs.map((blob) => blob.toString("latin1")) });
  }
}

/** One handle of a client. */
export class TestHandle {
  readonly client: Client;
  readonly id: number;
  readonly session: string;
  readonly opened: Reply;

  constructor(client: Client, opened: Reply) {
    this.client = client;
    this.opened = opened;
    this.id = opened["handle"] as number;
    this.session = opened["session"] as string;
  }

  async call(op: string, fields: Header = {}, blobs: readonly string[] = []): Promise<Reply> {
    return await this.client.call(op, { handle: this.id, ...fields }, blobs);
  }

  async restore(fields: Header = {}): Promise<Reply> {
    return await this.call("restore", { state: "app", owner: "browser", schema: 1, ...fields });
  }

  async life(fields: Header = {}): Promise<number> {
    return (await this.restore(fields))["life"] as number;
  }

  /** Values are JSON texts, without their format byte. */
  async write(
    life: number,
    set: Record<string, string>,
    fields: Header = {},
    defaults: Record<string, string> = {},
  ): Promise<Reply> {
    return await this.call(
      "write",
      {
        life,
        schema: 1,
        set: Object.keys(set),
        defaults: Object.keys(defaults),
        remove: [],
        ...fields,
      },
      [...Object.values(set), ...Object.values(defaults)].map((value) => `J${value}`),
    );
  }

  /** What is stored, by attribute, without the format byte. */
  async values(fields: Header = {}): Promise<Record<string, string>> {
    return valuesOf(await this.restore(fields));
  }
}

export function valuesOf(reply: Reply): Record<string, string> {
  const names = reply["attributes"] as [string, number][];
  return Object.fromEntries(names.map(([name], at) => [name, reply.blobs[at]?.slice(1) ?? ""]));
}
