// A client of HTTP/2 that keeps its cookie.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";

export type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly hints: readonly Headers[];
  readonly setCookies: readonly string[];
}

/** One request over a connection of its own. Rejects if the stream was broken off. */
export async function ask(
  port: number,
  path: string,
  { method = "GET", cookie }: { method?: string; cookie?: string | undefined } = {},
): Promise<Reply> {
  const client = connect(`http://127.0.0.1:${port}`);
  try {
    const sent = client.request({ ":method": method, ":path": path, ...(cookie && { cookie }) });
    sent.end();
    const hints: Headers[] = [];
    sent.on("headers", (headers) => hints.push(headers));
    let trailers: IncomingHttpHeaders | undefined;
    sent.on("trailers", (headers) => (trailers = headers));
    const [headers] = (await once(sent, "response")) as [Headers];
    let text = "";
    for await (const chunk of sent.setEncoding("utf8")) text += chunk;
    assert.equal(sent.rstCode, 0);
    const setCookies = headers["set-cookie"] ?? [];
    return { status: headers[":status"] ?? 0, headers, text, trailers, hints, setCookies };
  } finally {
    client.close();
  }
}

/** A visitor that keeps its cookie. */
export function visitor(port: number) {
  let cookie: string | undefined;
  return async (path: string, method = "GET"): Promise<Reply> => {
    const reply = await ask(port, path, { method, cookie });
    cookie = reply.setCookies[0]?.split(";")[0] ?? cookie;
    return reply;
  };
}
