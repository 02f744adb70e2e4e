import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { stream } from "hono/streaming";
import type { StatusCode } from "hono/utils/http-status";
import { persistSession } from "../../../src/adapter/hono.ts";
import { type Answer, apology, type Driver } from "../driver.ts";
import { stop } from "../../support/listen.ts";

export const honoDriver: Driver = {
  name: "Hono",
  node: false,
  catches: true,
  async start({ routes, sessions: options }) {
    const middleware = persistSession(options);
    const app = new Hono();
    app.use(middleware);
    const caught: unknown[] = [];
    app.onError((error, context) => {
      caught.push(error);
      return context.text(apology(error), 500);
    });
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async (context) =>
        reply(
          context,
          await route({
            request: context,
            query: new URL(context.req.url).searchParams,
            body: async () => await context.req.text(),
            node: noNode,
          }),
        ),
      );
    }
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      sessions: middleware.sessions,
      caught,
      close: async () => await stop(server),
    };
  },
};

export function noNode(): never {
  throw new Error("this framework gives its handlers no response of Node's");
}

function reply(context: Context, answer: Answer): Response {
  if (answer.status !== undefined) context.status(answer.status as StatusCode);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    for (const one of [value].flat()) context.header(name, one, { append: true });
  }
  if (answer.redirect !== undefined) return context.redirect(answer.redirect);
  if (answer.json !== undefined) return context.json(answer.json);
  const { pieces } = answer;
  if (pieces !== undefined) {
    return stream(context, async (out) => {
      for await (const piece of pieces()) await out.write(piece);
    });
  }
  return answer.text === undefined ? context.body(null) : context.text(answer.text);
}
