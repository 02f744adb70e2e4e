/* oxlint-disable no-console -- what is printed is what the test reads */
/**
 * Runs with a larger --max-http-header-size than Node's own: visits each adapter with ever longer
 * cookies beside ours.
 */
import { once } from "node:events";
import { connect, createServer, type IncomingHttpHeaders } from "node:http2";
import { text } from "node:stream/consumers";
import { persistSession } from "../../src/adapter/http.ts";
import { createSessions, restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { expressDriver } from "./drivers/express.ts";
import { fastifyDriver } from "./drivers/fastify.ts";
import { fetchHandler } from "./drivers/fetch-handler.ts";
import { honoDriver } from "./drivers/hono.ts";
import { nodeHttp } from "./drivers/node-http.ts";
import { SECRET } from "./fixture.ts";
import { listen } from "../support/listen.ts";

const SIZES = [8, 15, 16, 17, 20, 40].map((kib) => kib * 1024);
const OPTIONS = { store: "memory:", secret: SECRET, sweepInterval: false, log: () => {} } as const;

/** Sends one request with these Cookie headers, and gives the answer's text and its Set-Cookie. */
type Send = (cookies: readonly string[]) => Promise<{ text: string; set: string | undefined }>;

function padding(bytes: number): string[] {
  const pad = [];
  for (let left = bytes, at = 0; left > 0; left -= 4000, at++)
    pad.push(`AWSELBAuthSessionCookie-${at}=${"x".repeat(Math.min(left, 3970))}`);
  return pad;
}

async function visit(name: string, send: Send, several: boolean): Promise<void> {
  for (const size of SIZES) {
    const pad = padding(size);
    const first = await send(several ? pad : [pad.join("; ")]);
    const own = first.set?.split(";")[0] ?? "";
    const places = {
      first: [own, ...pad],
      middle: [...pad.slice(0, 1), own, ...pad.slice(1)],
      last: [...pad, own],
      quoted: [...pad, own.replace(/=(.*)/, '="$1"')],
      repeated: [...pad, own, own],
      planted: [...pad, own.replace(/=.*/, "=planted"), own],
    };
    let count = Number(first.text);
    for (const [place, cookies] of Object.entries(places)) {
      const { text: body, set } = await send(several ? cookies : [cookies.join("; ")]);
      count++;
      console.log(JSON.stringify({ name, size, place, same: Number(body) === count, set }));
    }
  }
}

for (const driver of [expressDriver, fastifyDriver, fetchHandler, honoDriver, nodeHttp]) {
  const routes = {
    "/": async () => ({ text: String(++(await restore(AppState)).count) }),
  };
  const app = await driver.start({ routes, sessions: OPTIONS });
  await visit(
    driver.name,
    async ([cookie = ""]) => {
      const answer = await fetch(app.url, { headers: { cookie } });
      return { text: await answer.text(), set: answer.headers.getSetCookie()[0] };
    },
    false,
  );
  await app.close();
}

const sessions = createSessions(OPTIONS);
const persist = persistSession(sessions);
const server = createServer((request, response) =>
  persist(request as never, response as never, async () =>
    response.end(String(++(await restore(AppState)).count)),
  ),
);
const client = connect(await listen(server as never));
await visit(
  "HTTP/2",
  async (cookie) => {
    const stream = client.request({ ":path": "/", cookie: [...cookie] });
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
    return { text: await text(stream), set: headers["set-cookie"]?.[0] };
  },
  true,
);
client.close();
server.close();
await once(server, "close");
await sessions.close();
