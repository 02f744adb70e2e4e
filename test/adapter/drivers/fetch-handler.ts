import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { withSession } from "../../../src/adapter/hono.ts";
import type { Answer, Driver } from "../driver.ts";
import { stop } from "../../support/listen.ts";
import { noNode } from "./hono.ts";

/** A plain handler, Request in and Response out, with no framework around it. */
export const fetchHandler: Driver = {
  name: "withSession",
  node: false,
  catches: false,
  async start({ routes, sessions: options }) {
    const handler = withSession(async (request: Request, _env: unknown) => {
      const { pathname, searchParams } = new URL(request.url);
      const route = routes[pathname];
      if (route === undefined) throw new Error(`no route ${pathname}`);
      const body = async () => await request.text();
      return reply(await route({ request, query: searchParams, body, node: noNode }));
    }, options);
    const server = serve({ fetch: handler, port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      sessions: handler.sessions,
      caught: [],
      close: async () => await stop(server),
    };
  },
};

function reply(answer: Answer): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    for (const one of [value].flat()) headers.append(name, one);
  }
  const status = answer.status ?? 200;
  if (answer.redirect !== undefined) {
    headers.set("location", answer.redirect);
    return new Response(null, { status: 302, headers });
  }
  if (answer.json !== undefined) return Response.json(answer.json, { status, headers });
  if (answer.pieces !== undefined)
    return new Response(streamOf(answer.pieces()), { status, headers });
  return new Response(answer.text ?? null, { status, headers });
}

function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
  });
}
