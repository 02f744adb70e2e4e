import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/** An answer that arrived in full. One that was cut off rejects instead. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Every Set-Cookie header as it came. */
  readonly setCookies: readonly string[];
  readonly text: string;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called as soon as the headers are there. */
  readonly onHeaders?: (headers: IncomingHttpHeaders) => void;
  /** Called with each piece of the body as it comes. */
  readonly onPiece?: (piece: string) => void;
}

/** As much of a browser as sessions need: keeps cookies and sends them, follows nothing. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string, sending: Sending = {}): Promise<Reply> {
    return await this.send(path, sending);
  }

  async post(path: string, body = "", sending: Sending = {}): Promise<Reply> {
    const headers = { "content-type": "text/plain", ...sending.headers };
    return await this.send(path, { ...sending, method: "POST", body, headers });
  }

  async send(path: string, sending: Sending): Promise<Reply> {
    const url = new URL(path, this.#url);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return await new Promise<Reply>((resolve, reject) => {
      const sent = send(url, {
        method: sending.method ?? "GET",
        headers: { ...(this.cookies.size > 0 && { cookie: this.header }), ...sending.headers },
        agent: false,
        // The tests make their own certificate.
        rejectUnauthorized: false,
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const setCookies = response.headers["set-cookie"] ?? [];
        for (const line of setCookies) this.#keep(line);
        sending.onHeaders?.(response.headers);
        if (sending.onPiece) response.on("data", (piece) => sending.onPiece?.(String(piece)));
        const { statusCode: status = 0, headers } = response;
        text(response).then((body) => resolve({ status, headers, setCookies, text: body }), reject);
      });
      sent.end(sending.body);
    });
  }

  /** The Cookie header that it sends. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(name.length + 1));
  }
}
